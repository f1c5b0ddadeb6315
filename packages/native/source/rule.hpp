// The plasticity rule: θ and the MLP that every neuron asks. Layout of θ: see packages/kernel/assembly/rule.ts.

#pragma once
#include "arena.hpp"
#include "config.hpp"
#include "gemm.hpp"

namespace KERNEL {

enum Output { DELTA, POST_W, PRE_W, POST_V, PRE_V, POST_M, PRE_M, OUTPUTS };
enum WeightSet { W, V, M };

class Rule {
 public:
  /** exp(log rate) and 1 - logistic(decay logit), of W, V, M. */
  float rate[3], keep[3];

  /** Room for what belongs to the rule: once a configuration. */
  void allocate(const Config& of, Arena& arena) {
    config = &of;
    labelledBiases = arena.allocate(of.ruleWidth(0));
    first = arena.allocate(long(of.ruleWidth(0)) * ROW_ITEMS);
    second = arena.allocate(long(of.lastRuleWidth()) * ROW_ITEMS);
    zeros = arena.allocate(ROW_ITEMS);
    memset(zeros, 0, ROW_ITEMS * 4);
  }

  /** Takes θ (which must stay where it is while it is in use). */
  void use(const float* theta) {
    const int a = config->ruleWidth(0), z = config->lastRuleWidth();
    inputWeights = theta;
    inputBiases = theta + 4 * a;
    const float* at = inputBiases + a;
    if (config->ruleLayers() == 2) {
      secondWeights = at;
      secondBiases = at + a * z;
      at = secondBiases + z;
    }
    outputWeights = at;
    outputBiases = at + z * OUTPUTS;
    const float* scalars = outputBiases + OUTPUTS;
    for (int set = 0; set < 3; set++) {
      rate[set] = exp(scalars[set]);
      const float forget = 1.0f / (1.0f + exp(-scalars[set + 3]));
      keep[set] = 1.0f - forget;
    }
    // m is 1 or 0: for labelled examples its weights are part of the bias.
    for (int k = 0; k < a; k++) labelledBiases[k] = inputBiases[k] + inputWeights[3 * a + k];
  }

  /**
   * Asks the rule for `items` (neuron, example) pairs, the first `labelled` of them labelled. z: their plane, with r and s one
   * and two `plane` floats behind; out: the plane of output 0, the others `plane` floats apart. Only the outputs that are read
   * are computed: at the input (bottom) preW and postV, at the top not preW and postV. Writes less than a vector past the end.
   */
  void ask(long items, long labelled, bool bottom, bool atTop, const float* z, float* out, long plane) const {
    for (long done = 0; done < items; done += BLOCK) {
      const long count = lesser(items - done, BLOCK);
      const float* h = hiddenLayers(count, greater(0L, lesser(labelled - done, count)), bottom, z + done, plane);
      const auto outputs = [&](int from, int number) {
        const float* prior[OUTPUTS];
        setPriors(prior, z + done, z + done + plane);
        mlpOutput(number, roundUp(count), config->lastRuleWidth(), out + done + from * plane, plane, outputBiases + from,
                  prior + from, outputWeights + from, OUTPUTS, h, ROW_ITEMS);
      };
      if (bottom) {
        outputs(PRE_W, 2);
      } else if (atTop) {
        outputs(DELTA, 2);
        outputs(PRE_V, config->hasLateral() ? 3 : 1);
      } else {
        outputs(DELTA, config->hasLateral() ? 7 : 5);
      }
    }
  }

 private:
  /** Items worked on at a time, so that both hidden layers' activations stay in the first-level cache. */
  static constexpr long BLOCK = 128;
  static constexpr long ROW_ITEMS = BLOCK + 16;

  const Config* config = nullptr;
  const float *inputWeights, *inputBiases, *secondWeights, *secondBiases, *outputWeights, *outputBiases;
  float *labelledBiases, *first, *second, *zeros;

  /** The last hidden layer's activations of `count` items, rows of ROW_ITEMS. */
  const float* hiddenLayers(long count, long labelled, bool bottom, const float* z, long plane) const {
    const bool three = !bottom && config->hasLateral();
    // The labelled part runs over into the unlabelled one, which comes after it.
    if (labelled > 0) firstLayer(three, labelled, first, labelledBiases, z, plane);
    if (labelled < count) firstLayer(three, count - labelled, first + labelled, inputBiases, z + labelled, plane);
    if (config->ruleLayers() == 1) return first;
    const int a = config->ruleWidth(0);
    mlpLayer(config->ruleWidth(1), roundUp(count), a, second, ROW_ITEMS, secondBiases, secondWeights, first, ROW_ITEMS);
    return second;
  }

  void firstLayer(bool three, long items, float* out, const float* bias, const float* z, long plane) const {
    const int a = config->ruleWidth(0);
    if (three) mlpInput<3>(a, roundUp(items), out, ROW_ITEMS, bias, inputWeights, z, plane);
    else mlpInput<2>(a, roundUp(items), out, ROW_ITEMS, bias, inputWeights, z, plane);
  }

  /** The local prior's plane of an output: δ += r, postW += r, preW += z, postV += z, preV += r. */
  void setPriors(const float** prior, const float* z, const float* r) const {
    const float* planes[OUTPUTS] = {r, r, z, z, r, zeros, zeros};
    for (int o = 0; o < OUTPUTS; o++) prior[o] = config->hasPrior() ? planes[o] : zeros;
  }
};

}  // namespace KERNEL
