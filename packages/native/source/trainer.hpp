// What a compiled width offers: the interface between the addon and the kernels. Compiled without any special instruction.

#pragma once
#include <cstddef>
#include <cstdint>

namespace metaplast {

/** A kernel of one configuration; the methods are those of Kernel in packages/kernel/src/kernel.ts. */
class Trainer {
 public:
  Trainer() = default;
  Trainer(const Trainer&) = delete;
  virtual ~Trainer();

  virtual void setSeed(uint32_t low, uint32_t high) = 0;
  virtual size_t thetaLength() const = 0;
  virtual void setTheta(const float* theta) = 0;
  /** [pair][task][+, -] */
  virtual void evaluatePairs(uint32_t generation, uint32_t first, int pairs, int tasks, float sigma, float* out) = 0;
  /** [trial][test cross-entropy, test accuracy, training cross-entropy] */
  virtual void evaluateTrials(uint32_t domain, uint32_t generation, uint32_t first, int trials, float* out) = 0;
  virtual void prepare(uint32_t domain, uint32_t generation, uint32_t pair, uint32_t task) = 0;
  virtual void begin() = 0;
  virtual void step(int t) = 0;
  /** test cross-entropy, test accuracy, training cross-entropy */
  virtual void measure(float out[3]) = 0;
  /** Class probabilities [point][class]. */
  virtual void predict(int rows, const float* points, float* out) = 0;
  virtual int width(int layer) const = 0;

  /** A set of the prepared task: 0 labelled, 1 unlabelled, 2 test. */
  struct Set {
    int n;
    float* points;
    int32_t* labels;
  };
  virtual Set set(int which) const = 0;

  /** A matrix of layer l as it lies in memory: 0 forward, 1 biases, 2 feedback, 3 lateral. */
  struct Matrix {
    const float* at;
    int rows, columns;
    long rowStride, columnStride;
  };
  virtual Matrix matrix(int l, int which) const = 0;
};

}  // namespace metaplast
