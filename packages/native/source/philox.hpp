// Philox4x32-10: addressed random numbers, LANES blocks at a time. See packages/kernel/assembly/philox.ts.

#pragma once
#include "math.hpp"

namespace KERNEL {

class Philox {
 public:
  /** Fills write whole vectors of blocks: room for this many floats past `count`. */
  static constexpr long SLACK = 4 * LANES;

  void setSeed(uint32_t low, uint32_t high) {
    key0 = low;
    key1 = high;
  }

  /** Everything of the address but the stream's kind and the block. */
  void setAddress(uint32_t domain, uint32_t generation, uint32_t pair, uint32_t task) {
    counter1 = pair;
    counter2 = generation;
    streamHigh = (domain << 8) | (task << 16);
  }

  /** `count` uniforms in (0, 1]. */
  void fillUniform(uint32_t kind, long count, float* out) const {
    for (long block = 0; block * 4 < count; block += LANES) {
      Words x[4];
      nextBlocks(kind, uint32_t(block), x);
      storeTransposed(out + block * 4, uniformOf(x[0]), uniformOf(x[1]), uniformOf(x[2]), uniformOf(x[3]));
    }
  }

  /** `count` standard normals: Box-Muller on words 0, 1 and 2, 3 of a block. */
  void fillGaussian(uint32_t kind, long count, float* out) const {
    for (long block = 0; block * 4 < count; block += LANES) {
      Words x[4];
      Floats g[4];
      nextBlocks(kind, uint32_t(block), x);
      gaussianPair(uniformOf(x[0]), uniformOf(x[1]), g[0], g[1]);
      gaussianPair(uniformOf(x[2]), uniformOf(x[3]), g[2], g[3]);
      storeTransposed(out + block * 4, g[0], g[1], g[2], g[3]);
    }
  }

  /** Uniform number `element` of a stream. */
  float uniformAt(uint32_t kind, uint32_t element) const {
    Words x[4];
    nextBlocks(kind, element >> 2, x);
    return uniformOf(x[element & 3])[0];
  }

 private:
  uint32_t key0 = 0, key1 = 0, counter1 = 0, counter2 = 0, streamHigh = 0;

  /** Blocks `block` .. `block + LANES - 1`, a word a vector. */
  INLINE void rounds(Words x[4], uint32_t k0, uint32_t k1) {
    constexpr uint32_t M0 = 0xd2511f53u, M1 = 0xcd9e8d57u;
    for (int round = 0; round < 10; round++) {
      const Words high0 = mulHigh(M0, x[0]), high1 = mulHigh(M1, x[2]);
      const Words low0 = x[0] * M0, low1 = x[2] * M1;
      x[0] = high1 ^ x[1] ^ k0;
      x[1] = low1;
      x[2] = high0 ^ x[3] ^ k1;
      x[3] = low0;
      k0 += 0x9e3779b9u;
      k1 += 0xbb67ae85u;
    }
  }

  void nextBlocks(uint32_t kind, uint32_t block, Words x[4]) const {
    x[0] = Words{};
    for (int i = 0; i < LANES; i++) x[0][i] = block + uint32_t(i);
    x[1] = Words{} + counter1;
    x[2] = Words{} + counter2;
    x[3] = Words{} + (kind | streamHigh);
    rounds(x, key0, key1);
  }

  /** Lane i of the four vectors to elements 4 i .. 4 i + 3. */
  INLINE void storeTransposed(float* out, Floats a, Floats b, Floats c, Floats d) {
    for (int i = 0; i < LANES; i++) {
      out[4 * i] = a[i];
      out[4 * i + 1] = b[i];
      out[4 * i + 2] = c[i];
      out[4 * i + 3] = d[i];
    }
  }
};

}  // namespace KERNEL
