// The task families: how a task's parameters and points are drawn. See packages/kernel/assembly/families.ts and docs/tasks.md.

#pragma once
#include "arena.hpp"
#include "config.hpp"
#include "philox.hpp"
#include "streams.hpp"

namespace KERNEL {

class Task {
 public:
  /** Draws the parameters of the task at the current address, of mixture component `component`. */
  void draw(const Config& config, const Philox& philox, Arena& arena, int component) {
    random = &philox;
    D = config.inputs();
    classes = config.classes();
    family = config.familyOf(component);
    const int count = FAMILY_NORMALS + 2 * D + D * classes;
    normals = arena.allocate(count + Philox::SLACK);
    philox.fillGaussian(TASK_NORMAL, count, normals);
    const auto parameter = [&](int p) { return drawFrom(config.distribution(component, p), p); };
    separation = parameter(SEPARATION);
    noise = parameter(NOISE);
    balance = parameter(BALANCE);
    swap = philox.uniformAt(TASK, 5) <= parameter(LABEL_SWAP);
    const float scale = parameter(SCALE), stretch = parameter(STRETCH), offset = parameter(OFFSET);
    cosSinTurns(parameter(ROTATION), cosine, sine);
    axisFactor = arena.allocate(D);
    axisShift = arena.allocate(D);
    for (int d = 0; d < D; d++) {
      axisFactor[d] = scale * exp(stretch * normals[FAMILY_NORMALS + d]);
      axisShift[d] = offset * normals[FAMILY_NORMALS + D + d];
    }
    if (family >= ANISOTROPIC && family <= DIAGONAL) drawGaussians();
  }

  /** Class of point i of n when classes are given out in shares: the first round(n · balance) are class 0, the rest take turns. */
  int stratifiedClass(int i, int n) const {
    const int share = int(__builtin_rintf(float(n) * balance));
    const int first = greater(1, lesser(share, greater(1, n - 1)));
    return i < first ? 0 : 1 + (i - first) % (classes - 1);
  }

  /** Class of a freely drawn point from its uniform u. */
  int drawnClass(float u) const {
    return u <= balance ? 0 : 1 + Config::pick(classes - 1, (u - balance) / (1.0f - balance));
  }

  /** The label that class c bears in this task. */
  int labelOf(int c) const { return swap ? classes - 1 - c : c; }

  /** Writes a point of class c at `out` (D floats) from its uniform u and its D normals g. */
  void point(int c, float u, const float* g, float* out) const {
    if (family == TWO_MOONS) {
      float x, y;
      cosSinTurns(u * 0.5f, x, y);
      const float apart = 0.5f * separation * noise;
      const float px = (c == 0 ? x : 1.0f - x) + noise * g[0];
      const float py = (c == 0 ? y + apart : 0.5f - y - apart) + noise * g[1];
      out[0] = (px - 0.5f) * 1.4285714285714286f;
      out[1] = (py - 0.25f) * 1.4285714285714286f;
    } else if (family <= DIAGONAL) {
      const float* f = factors[c];
      const float sign = c == 0 ? 1.0f : -1.0f;
      out[0] = (sign * mean0 + noise * (f[0] * g[0] + f[1] * g[1])) * unit0;
      out[1] = (sign * mean1 + noise * (f[2] * g[0] + f[3] * g[1])) * unit1;
    } else if (family == LINEAR_MARGIN) {
      const float side = 0.5f * separation + noise * __builtin_fabsf(g[0]);
      out[0] = c == 0 ? side : -side;
      out[1] = g[1];
    } else if (family == CIRCLES) {
      const float radius = c == 0 ? 1.0f : 1.0f - separation;
      float x, y;
      cosSinTurns(u, x, y);
      out[0] = radius * x + noise * g[0];
      out[1] = radius * y + noise * g[1];
    } else if (family == XOR_BLOBS) {
      const float x = u <= 0.5f ? separation : -separation;
      out[0] = x + noise * g[0];
      out[1] = (c == 0 ? x : -x) + noise * g[1];
    } else {
      const float* centre = normals + FAMILY_NORMALS + 2 * D + c * D;
      for (int d = 0; d < D; d++) out[d] = separation * centre[d] + noise * g[d];
    }
    transform(out);
  }

 private:
  enum Family { TWO_MOONS, ANISOTROPIC, GENERIC, ISOTROPIC, DIAGONAL, LINEAR_MARGIN, CIRCLES, XOR_BLOBS, BLOBS };
  enum Parameter { ROTATION, SCALE, STRETCH, OFFSET, SEPARATION, NOISE, BALANCE, LABEL_SWAP };
  /** Elements of the TASK stream: parameters from 8 on, the family's own uniforms from 16 on. */
  static constexpr uint32_t PARAMETER_DRAWS = 8, FAMILY_DRAWS = 16;
  /** Elements of the TASK_NORMAL stream: 16 of the family's own, then stretch and offset (an axis each), then blob centres. */
  static constexpr int FAMILY_NORMALS = 16;

  const Philox* random = nullptr;
  int D = 0, classes = 0, family = 0;
  float separation = 0, noise = 0, balance = 0;
  bool swap = false;
  float* normals = nullptr;
  /** The affine map of all axes: factor and shift an axis, then a rotation of the first two. */
  float *axisFactor = nullptr, *axisShift = nullptr;
  float cosine = 1, sine = 0;
  /** Two Gaussians: ± mean, a 2 × 2 factor a class, 1 / population standard deviation an axis. */
  float mean0 = 0, mean1 = 0, unit0 = 1, unit1 = 1;
  float factors[2][4] = {};

  float drawFrom(const Config::Distribution& d, int parameter) const {
    const float first = d.values[0];
    if (d.kind == 0) return first;
    const float u = random->uniformAt(TASK, PARAMETER_DRAWS + uint32_t(parameter));
    if (d.kind == 3) return d.values[Config::pick(d.count, u)];
    const float second = d.values[1];
    return d.kind == 1 ? first + u * (second - first) : first * exp(u * log(second / first));
  }

  float familyUniform(uint32_t index, float low, float high) const {
    return low + random->uniformAt(TASK, FAMILY_DRAWS + index) * (high - low);
  }

  void setFactor(int c, float f00, float f01, float f10, float f11) {
    factors[c][0] = f00;
    factors[c][1] = f01;
    factors[c][2] = f10;
    factors[c][3] = f11;
  }

  /** Class factor: standard deviations s0 and s1 along axes turned by `turns`. */
  void setRotatedFactor(int c, float turns, float s0, float s1) {
    float co, si;
    cosSinTurns(turns, co, si);
    setFactor(c, co * s0, -si * s1, si * s0, co * s1);
  }

  float variance(int c, int row) const {
    const float a = factors[c][2 * row], b = factors[c][2 * row + 1];
    return a * a + b * b;
  }

  void drawGaussians() {
    if (family == GENERIC) {
      mean0 = normals[0];
      mean1 = normals[1];
      for (int c = 0; c < 2; c++) {
        const float* n = normals + 2 + 4 * c;
        setFactor(c, 0.6f * n[0], 0.6f * n[1], 0.6f * n[2], 0.6f * n[3]);
      }
    } else {
      const float distance = family == ANISOTROPIC ? familyUniform(0, 0.5f, 1.2f) : familyUniform(0, 1.0f, 2.0f);
      cosSinTurns(familyUniform(1, 0.0f, 1.0f), mean0, mean1);
      mean0 = distance * mean0;
      mean1 = distance * mean1;
      for (int c = 0; c < 2; c++) {
        const uint32_t u = 2 + 3 * uint32_t(c);
        if (family == ANISOTROPIC) {
          setRotatedFactor(c, familyUniform(u, 0.0f, 1.0f), familyUniform(u + 1, 0.6f, 1.4f), familyUniform(u + 2, 0.1f, 0.4f));
        } else if (family == DIAGONAL) {
          setFactor(c, exp(0.4f * normals[2 * c]), 0, 0, exp(0.4f * normals[2 * c + 1]));
        } else {
          setFactor(c, 1, 0, 0, 1);
        }
      }
    }
    mean0 *= separation;
    mean1 *= separation;
    const float within = 0.5f * noise * noise;
    unit0 = 1.0f / squareRoot(mean0 * mean0 + within * (variance(0, 0) + variance(1, 0)));
    unit1 = 1.0f / squareRoot(mean1 * mean1 + within * (variance(0, 1) + variance(1, 1)));
  }

  /** Stretch and scale an axis, rotate the first two, shift. */
  void transform(float* point) const {
    for (int d = 0; d < D; d++) point[d] = point[d] * axisFactor[d];
    const float x = point[0], y = point[1];
    point[0] = cosine * x - sine * y;
    point[1] = sine * x + cosine * y;
    for (int d = 0; d < D; d++) point[d] = point[d] + axisShift[d];
  }
};

}  // namespace KERNEL
