// One inner training: the data and initial weights of an address, then steps of the rule, from the top layer down.
// The order of every sum is that of packages/kernel/assembly/inner.ts.

#pragma once
#include "network.hpp"
#include "rule.hpp"

namespace KERNEL {

class Inner {
 public:
  Data data;
  Network network;
  Rule rule;

  /** Draws task, data and initial weights of the address set in `philox`. */
  void prepare(const Config& of, const Philox& philox, Arena& arena) {
    config = &of;
    data.draw(of, philox, arena);
    labelled = data.labelled.n;
    batch = labelled + of.unlabelled();
    network.draw(of, philox, arena, greater(greater(batch, of.test()), 64));
    for (int l = 0; l <= network.top; l++) {
      distance[l] = (long(batch) * network.stride[l] + 47) & ~15L;
      planes[l] = arena.allocate(distance[l] * PLANES);
      memset(planes[l], 0, size_t(distance[l] * PLANES) * 4);
    }
  }

  /** Starts a training of the prepared task with rule θ. */
  void start(const float* theta) {
    rule.use(theta);
    network.reset();
  }

  /** Inner step t. */
  void step(int t) {
    forward(t);
    topSignal();
    for (int l = network.top; l >= 0; l--) {
      if (l > 0 && config->hasLateral()) lateralSignal(l);
      askLayer(l);
      if (l > 0) feedbackSignal(l);
    }
    for (int l = 1; l <= network.top; l++) updateLayer(l);
  }

  void train(const float* theta) {
    start(theta);
    for (int t = 0; t < config->steps(); t++) step(t);
  }

 private:
  /** Ten planes a layer: z, r, s, then the rule's seven outputs. A plane is [example][neuron], with room for two vectors behind. */
  static constexpr int PLANES = 3 + OUTPUTS;

  const Config* config = nullptr;
  /** Examples of one inner batch: the labelled ones, then the unlabelled ones. */
  int batch = 0, labelled = 0;
  float* planes[MAX_LAYERS];
  /** Floats from one plane to the next. */
  long distance[MAX_LAYERS];

  float* activation(int l) const { return planes[l]; }
  float* reverse(int l) const { return planes[l] + distance[l]; }
  float* lateral(int l) const { return planes[l] + 2 * distance[l]; }
  float* output(int l, int o) const { return planes[l] + (3 + o) * distance[l]; }

  void forward(int t) {
    const int top = network.top;
    const long D = network.width[0], fresh = config->unlabelled();
    memcpy(activation(0), data.labelled.points, size_t(labelled * D) * 4);
    memcpy(activation(0) + labelled * D, data.unlabelled.points + t * fresh * D, size_t(fresh * D) * 4);
    for (int l = 1; l < top; l++) network.forwardHidden(l, batch, activation(l - 1), activation(l));
    network.forwardTop(batch, activation(top - 1), activation(top));
    network.softmax(batch, activation(top));
  }

  /** r = y - p of the labelled examples; it stays 0 for the unlabelled ones. */
  void topSignal() {
    const int n = network.width[network.top];
    const float* p = activation(network.top);
    float* r = reverse(network.top);
    for (int b = 0; b < labelled; b++) {
      for (int k = 0; k < n; k++) *r++ = (k == data.labelled.labels[b] ? 1.0f : 0.0f) - *p++;
    }
  }

  /** s = M z of layer l. */
  void lateralSignal(int l) {
    const int n = network.width[l], s = network.stride[l];
    const float* weights = network.lateral[l];
    if (l < network.top) return signalRows(batch, s, n, lateral(l), activation(l), s, weights);
    for (int b = 0; b < batch; b++) {
      for (int i = 0; i < n; i++) {
        float sum = 0;
        for (int j = 0; j < n; j++) sum += weights[i * n + j] * activation(l)[b * n + j];
        lateral(l)[b * n + i] = sum;
      }
    }
  }

  /** r of the layer below: V δ. */
  void feedbackSignal(int l) {
    const float* delta = output(l, DELTA);
    const int s = network.stride[l], n = network.width[l - 1];
    if (l > 1) return signalRows(batch, network.stride[l - 1], network.width[l], reverse(l - 1), delta, s, network.feedback[l]);
    float* r = reverse(0);
    for (int b = 0; b < batch; b++) {
      for (int i = 0; i < n; i++) *r++ = dot(network.feedback[1] + long(i) * s, delta + long(b) * s, s);
    }
  }

  /** Asks the rule for every neuron of layer l. */
  void askLayer(int l) {
    const bool bottom = l == 0, atTop = l == network.top;
    const long s = network.stride[l];
    rule.ask(batch * s, labelled * s, bottom, atTop, activation(l), output(l, 0), distance[l]);
    if (!bottom && !atTop) network.clearPadding(l, batch, output(l, DELTA));
  }

  float gain(WeightSet set, int n) const { return rule.rate[set] * (1.0f / float(batch * n)); }

  static float clipped(float w) {
    const float low = w < 10.0f ? w : 10.0f;
    return low > -10.0f ? low : -10.0f;
  }

  void updateLayer(int l) {
    const int n = network.width[l], below = network.width[l - 1], B = batch;
    const long s = network.stride[l], sBelow = network.stride[l - 1];
    const float* keep = rule.keep;
    const float gainW = gain(W, below), gainV = gain(V, n);
    if (l < network.top) updateRows(below, s, B, network.forward[l], output(l - 1, PRE_W), sBelow, output(l, POST_W), keep[W], gainW);
    else updateRows(n, sBelow, B, network.forward[l], output(l, POST_W), s, output(l - 1, PRE_W), keep[W], gainW);
    updateBiases(l);
    if (l > 1) updateRows(n, sBelow, B, network.feedback[l], output(l, PRE_V), s, output(l - 1, POST_V), keep[V], gainV);
    else updateRows(below, s, B, network.feedback[l], output(0, POST_V), sBelow, output(l, PRE_V), keep[V], gainV);
    if (!config->hasLateral()) return;
    if (l < network.top) updateRows(n, s, B, network.lateral[l], output(l, PRE_M), s, output(l, POST_M), keep[M], gain(M, n));
    else updateTopLateral();
  }

  /** b ← clip(keep b + gain Σ postW): a weight update whose presynaptic term is 1. */
  void updateBiases(int l) {
    static const float one = 1.0f;
    const int n = network.width[l];
    float* b = network.biases[l];
    if (l < network.top) return updateRows(1, network.stride[l], batch, b, &one, 0, output(l, POST_W), rule.keep[W], gain(W, 1));
    for (int i = 0; i < n; i++) {
      float sum = 0;
      for (int e = 0; e < batch; e++) sum += output(l, POST_W)[e * n + i];
      b[i] = clipped(rule.keep[W] * b[i] + gain(W, 1) * sum);
    }
  }

  void updateTopLateral() {
    const int top = network.top, n = network.width[top];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        float sum = 0;
        for (int b = 0; b < batch; b++) sum += output(top, POST_M)[b * n + i] * output(top, PRE_M)[b * n + j];
        float& w = network.lateral[top][i * n + j];
        w = clipped(rule.keep[M] * w + gain(M, n) * sum);
      }
    }
  }
};

}  // namespace KERNEL
