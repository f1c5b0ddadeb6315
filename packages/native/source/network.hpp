// The base network: shapes, weights and the forward pass. Layout and sums: see packages/kernel/assembly/network.ts.
//
// A row of neurons of a hidden layer is padded with zeros to a multiple of 16; the padded dimension is always the one in lanes.

#pragma once
#include "data.hpp"
#include "gemm.hpp"

namespace KERNEL {

constexpr int MAX_LAYERS = 5;
/** Rows of hidden layers are padded to a multiple of this, whatever the width of the vectors. */
constexpr int ROW_LANES = 16;

/** Sum over neurons Σ_j x[j] y[j] of two zero-padded rows: 16 lane sums in order, then the halves added: 16 → 8 → 4 → 2 → 1. */
INLINE float dot(const float* x, const float* y, int n) {
  constexpr int PARTS = ROW_LANES / LANES;
  Floats part[PARTS] = {};
  for (int i = 0; i < n; i += ROW_LANES) {
    for (int v = 0; v < PARTS; v++) part[v] += load(x + i + v * LANES) * load(y + i + v * LANES);
  }
  typedef float Quarter __attribute__((vector_size(16)));
  Quarter q[4];
  memcpy(q, part, sizeof q);
  const Quarter sum = (q[0] + q[2]) + (q[1] + q[3]);
  return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

class Network {
 public:
  /** Number of the top layer, L. */
  int top = 0;
  int width[MAX_LAYERS] = {};
  /** Floats from one example's row to the next. */
  int stride[MAX_LAYERS] = {};
  /** W, V (from l down to l - 1), M and b of layer l. */
  float *forward[MAX_LAYERS], *feedback[MAX_LAYERS], *lateral[MAX_LAYERS], *biases[MAX_LAYERS];

  /** Chooses the widths, lays out and draws the initial weights. `rows`: how many examples a forward pass may have. */
  void draw(const Config& config, const Philox& philox, Arena& arena, int rows) {
    top = config.hiddenLayers() + 1;
    int widest = 0;
    for (int l = 0; l <= top; l++) {
      const bool hidden = l > 0 && l < top;
      width[l] = l == 0      ? config.inputs()
                 : l == top ? config.classes()
                            : config.hiddenWidth(l - 1, philox.uniformAt(TASK, 1 + uint32_t(l)));
      stride[l] = hidden ? (width[l] + ROW_LANES - 1) & ~(ROW_LANES - 1) : width[l];
      widest = greater(widest, stride[l]);
    }
    weightCount = place(nullptr);
    weights = arena.allocate(weightCount);
    initial = arena.allocate(weightCount);
    place(weights);
    memset(weights, 0, size_t(weightCount) * 4);
    const Arena::Mark mark = arena.mark();
    float* draws = arena.allocate(long(widest) * widest + Philox::SLACK);
    for (int l = 1; l <= top; l++) drawLayer(philox, l, config.hasLateral(), draws);
    arena.release(mark);
    memcpy(initial, weights, size_t(weightCount) * 4);
    hidden[0] = arena.allocate(long(rows) * widest);
    hidden[1] = arena.allocate(long(rows) * widest);
    logits = arena.allocate(long(rows) * width[top]);
    scratch = arena.allocate(long(rows) * width[top]);
    sums = arena.allocate(rows);
    margins = arena.allocate(rows);
  }

  /** Back to the initial weights. */
  void reset() { memcpy(weights, initial, size_t(weightCount) * 4); }

  /** Zeroes the padding of each row of a hidden layer. */
  void clearPadding(int l, int rows, float* at) const {
    const int n = width[l], s = stride[l];
    if (n == s) return;
    for (long b = 0; b < rows; b++) memset(at + b * s + n, 0, size_t(s - n) * 4);
  }

  /** tanh(x W + b) of `rows` examples into layer l < L. */
  void forwardHidden(int l, int rows, const float* x, float* out) const {
    forwardRows(rows, stride[l], width[l - 1], out, biases[l], x, stride[l - 1], forward[l]);
    clearPadding(l, rows, out);
  }

  /** Logits of `rows` examples from the last hidden layer's rows. */
  void forwardTop(int rows, const float* x, float* out) const {
    const int n = width[top], s = stride[top - 1];
    for (int b = 0; b < rows; b++, x += s) {
      for (int k = 0; k < n; k++) *out++ = dot(x, forward[top] + long(k) * s, s) + biases[top][k];
    }
  }

  /** Softmax of each row of logits in place (a vector of room behind). */
  void softmax(int rows, float* at) const {
    const int n = width[top];
    const long total = long(rows) * n;
    for (float* row = at; row < at + total; row += n) {
      const float largest = rowMax(row);
      for (int k = 0; k < n; k++) row[k] = row[k] - largest;
    }
    for (long i = 0; i < total; i += LANES) store(at + i, expOf(load(at + i)));
    for (float* row = at; row < at + total; row += n) {
      float sum = 0;
      for (int k = 0; k < n; k++) sum += row[k];
      for (int k = 0; k < n; k++) row[k] = row[k] / sum;
    }
  }

  /** Class probabilities of `rows` points (at most the rows of draw()) at `out`. */
  void predict(int rows, const float* points, float* out) const {
    forwardAll(rows, points);
    softmax(rows, logits);
    memcpy(out, logits, size_t(rows) * size_t(width[top]) * 4);
  }

  struct Measure {
    float crossEntropy, accuracy;
  };

  /** Mean cross-entropy and accuracy (the first of equal logits counts) on a set; sums in float64, points in order. */
  Measure measure(const DataSet& set) const {
    const int n = width[top], rows = set.n;
    forwardAll(rows, set.points);
    int hits = 0;
    for (int b = 0; b < rows; b++) {
      const float* y = logits + long(b) * n;
      const float largest = rowMax(y);
      int first = 0;
      while (first < n - 1 && y[first] != largest) first++;
      if (first == set.labels[b]) hits++;
      margins[b] = largest - y[set.labels[b]];
      for (int k = 0; k < n; k++) scratch[long(b) * n + k] = y[k] - largest;
    }
    for (long i = 0; i < long(rows) * n; i += LANES) store(scratch + i, expOf(load(scratch + i)));
    for (int b = 0; b < rows; b++) {
      sums[b] = 0;
      for (int k = 0; k < n; k++) sums[b] += scratch[long(b) * n + k];
    }
    for (long b = 0; b < rows; b += LANES) store(sums + b, logOf(load(sums + b)));
    double total = 0;
    for (int b = 0; b < rows; b++) total += double(sums[b] + margins[b]);
    return {float(total / double(rows)), float(hits) / float(rows)};
  }

 private:
  /** All weights lie in one block; `initial` keeps the start for the pair's other member. */
  float *weights = nullptr, *initial = nullptr;
  long weightCount = 0;
  float *hidden[2], *logits, *scratch, *sums, *margins;

  /** Lays the matrices out from `at` on; returns the floats they take. */
  long place(float* at) {
    long used = 0;
    const auto matrix = [&](float*& where, long rows, long columns) {
      if (at != nullptr) where = at + used;
      used += (rows * columns + 2 * ROW_LANES - 1) & ~long(ROW_LANES - 1);
    };
    for (int l = 1; l <= top; l++) {
      const int s = stride[l], below = stride[l - 1];
      if (l < top) matrix(forward[l], width[l - 1], s);
      else matrix(forward[l], s, below);
      if (l > 1) matrix(feedback[l], width[l], below);
      else matrix(feedback[l], below, s);
      matrix(lateral[l], width[l], s);
      matrix(biases[l], 1, s);
    }
    return used;
  }

  void drawLayer(const Philox& philox, int l, bool withLateral, float* draws) const {
    const int n = width[l], below = width[l - 1];
    const uint32_t layer = uint32_t(l);
    if (l < top) drawMatrix(philox, WEIGHTS_FORWARD + layer, forward[l], n, below, 1, stride[l], draws);
    else drawMatrix(philox, WEIGHTS_FORWARD + layer, forward[l], n, below, stride[l - 1], 1, draws);
    if (l > 1) drawMatrix(philox, WEIGHTS_FEEDBACK + layer, feedback[l], below, n, 1, stride[l - 1], draws);
    else drawMatrix(philox, WEIGHTS_FEEDBACK + layer, feedback[l], below, n, stride[l], 1, draws);
    if (!withLateral) return;
    if (l < top) drawMatrix(philox, WEIGHTS_LATERAL + layer, lateral[l], n, n, 1, stride[l], draws);
    else drawMatrix(philox, WEIGHTS_LATERAL + layer, lateral[l], n, n, n, 1, draws);
  }

  /** N(0, 1/fanIn) for the matrix [rows × fanIn], drawn in row order, stored with any strides. */
  static void drawMatrix(const Philox& philox, uint32_t kind, float* at, int rows, int fanIn, long rowStride, long columnStride,
                         float* draws) {
    philox.fillGaussian(kind, long(rows) * fanIn, draws);
    const float scale = 1.0f / squareRoot(float(fanIn));
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < fanIn; c++) at[r * rowStride + c * columnStride] = *draws++ * scale;
    }
  }

  float rowMax(const float* row) const {
    float largest = row[0];
    for (int k = 1; k < width[top]; k++) largest = row[k] > largest ? row[k] : largest;
    return largest;
  }

  /** Logits of `rows` points: each hidden layer's activations go to the buffer that the layer below does not use. */
  void forwardAll(int rows, const float* points) const {
    const float* x = points;
    for (int l = 1; l < top; l++) {
      forwardHidden(l, rows, x, hidden[l & 1]);
      x = hidden[l & 1];
    }
    forwardTop(rows, x, logits);
  }
};

}  // namespace KERNEL
