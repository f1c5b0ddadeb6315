// A kernel of LANES lanes, compiled into namespace KERNEL: packages/kernel/assembly/index.ts as a Trainer.

#include "inner.hpp"
#include "trainer.hpp"

namespace KERNEL {

class Kernel final : public metaplast::Trainer {
 public:
  Kernel(const int32_t* words, size_t count) : config(words, count) {
    const long n = config.thetaLength();
    center = arena.allocate(n);
    epsilon = arena.allocate(n + Philox::SLACK);
    perturbed = arena.allocate(n);
    inner.rule.allocate(config, arena);
    base = arena.mark();
  }

  void setSeed(uint32_t low, uint32_t high) override { philox.setSeed(low, high); }
  size_t thetaLength() const override { return size_t(config.thetaLength()); }
  void setTheta(const float* theta) override { memcpy(center, theta, thetaLength() * 4); }

  void evaluatePairs(uint32_t generation, uint32_t first, int pairs, int tasks, float sigma, float* out) override {
    for (int p = 0; p < pairs; p++) {
      const uint32_t pair = first + uint32_t(p);
      philox.setAddress(0, generation, pair, 0);
      philox.fillGaussian(PERTURBATION, config.thetaLength(), epsilon);
      for (int task = 0; task < tasks; task++) {
        prepare(0, generation, pair, uint32_t(task));
        *out++ = memberLoss(sigma);
        *out++ = memberLoss(-sigma);
      }
    }
  }

  void evaluateTrials(uint32_t domain, uint32_t generation, uint32_t first, int trials, float* out) override {
    for (int i = 0; i < trials; i++, out += 3) {
      prepare(domain, generation, first + uint32_t(i), 0);
      inner.train(center);
      measure(out);
    }
  }

  void prepare(uint32_t domain, uint32_t generation, uint32_t pair, uint32_t task) override {
    philox.setAddress(domain, generation, pair, task);
    arena.release(base);
    inner.prepare(config, philox, arena);
  }

  void begin() override { inner.start(center); }
  void step(int t) override { inner.step(t); }

  void measure(float out[3]) override {
    const Network::Measure test = inner.network.measure(inner.data.test);
    out[0] = test.crossEntropy;
    out[1] = test.accuracy;
    out[2] = inner.network.measure(inner.data.labelled).crossEntropy;
  }

  /** 64 points at a time: a network has room for that many. */
  void predict(int rows, const float* points, float* out) override {
    for (int done = 0; done < rows; done += 64) {
      const int count = lesser(rows - done, 64);
      inner.network.predict(count, points + long(done) * config.inputs(), out + long(done) * config.classes());
    }
  }

  int width(int layer) const override { return inner.network.width[layer]; }

  Set set(int which) const override {
    const DataSet& s = which == 0 ? inner.data.labelled : which == 1 ? inner.data.unlabelled : inner.data.test;
    return {s.n, s.points, s.labels};
  }

  Matrix matrix(int l, int which) const override {
    const Network& net = inner.network;
    const int n = net.width[l], below = net.width[l - 1];
    const long s = net.stride[l], sBelow = net.stride[l - 1];
    const bool hidden = l < net.top;
    if (which == 0) return hidden ? Matrix{net.forward[l], n, below, 1, s} : Matrix{net.forward[l], n, below, sBelow, 1};
    if (which == 1) return {net.biases[l], 1, n, 0, 1};
    if (which == 2) return l > 1 ? Matrix{net.feedback[l], below, n, 1, sBelow} : Matrix{net.feedback[l], below, n, s, 1};
    return hidden ? Matrix{net.lateral[l], n, n, 1, s} : Matrix{net.lateral[l], n, n, n, 1};
  }

 private:
  Config config;
  Philox philox;
  Arena arena;
  Inner inner;
  Arena::Mark base;
  float *center, *epsilon, *perturbed;

  /** The capped test loss of one member; a loss that is not a number stays one, to be counted. */
  float memberLoss(float sigma) {
    for (int i = 0; i < config.thetaLength(); i++) perturbed[i] = center[i] + sigma * epsilon[i];
    inner.train(perturbed);
    const float loss = inner.network.measure(inner.data.test).crossEntropy;
    return loss > config.lossCap() ? config.lossCap() : loss;
  }
};

metaplast::Trainer* create(const int32_t* words, size_t count) { return new Kernel(words, count); }

}  // namespace KERNEL
