// The kinds of random streams: the numbers of packages/kernel/assembly/streams.ts.

#pragma once
#include <cstdint>

namespace KERNEL {

constexpr uint32_t PERTURBATION = 0;
constexpr uint32_t TASK = 1;
constexpr uint32_t TASK_NORMAL = 2;
constexpr uint32_t LABELLED = 4;  // + 1: normals
constexpr uint32_t UNLABELLED = 6;
constexpr uint32_t TEST = 8;
constexpr uint32_t WEIGHTS_FORWARD = 16;  // + layer
constexpr uint32_t WEIGHTS_FEEDBACK = 24;
constexpr uint32_t WEIGHTS_LATERAL = 32;

}  // namespace KERNEL
