// The configuration: the words that packages/kernel/src/config.ts writes, read in place.

#pragma once
#include "lanes.hpp"

namespace KERNEL {

class Config {
 public:
  /** `words`: at most CONFIG_WORDS of them. */
  Config(const int32_t* from, size_t count) { memcpy(words, from, 4 * (count < CONFIG_WORDS ? count : CONFIG_WORDS)); }

  int inputs() const { return words[0]; }
  int classes() const { return words[1]; }
  int hiddenLayers() const { return words[2]; }
  int ruleLayers() const { return words[3]; }
  int ruleWidth(int layer) const { return words[4 + layer]; }
  int lastRuleWidth() const { return ruleWidth(ruleLayers() - 1); }
  bool hasPrior() const { return (words[6] & 1) != 0; }
  bool hasLateral() const { return (words[6] & 2) != 0; }
  int steps() const { return words[7]; }
  int unlabelled() const { return words[8]; }
  int test() const { return words[9]; }
  float lossCap() const { return real(10); }
  int components() const { return words[11]; }

  /** The number of labelled points, chosen by the uniform u. */
  int labelled(float u) const { return choose(LABELLED_AT, u); }
  /** The width of hidden layer `layer` (0-based), chosen by the uniform u. */
  int hiddenWidth(int layer, float u) const { return choose(HIDDEN_AT + layer * CHOICE_WORDS, u); }

  /** The index of the component whose share of (0, 1] holds u. */
  int componentOf(float u) const {
    int c = 0;
    while (c < components() - 1 && real(componentAt(c) + 1) < u) c++;
    return c;
  }

  int familyOf(int component) const { return words[componentAt(component)]; }

  /** A number that is drawn once a task: kind (fixed, uniform, log-uniform, choice), count, values. */
  struct Distribution {
    int kind, count;
    float values[8];
  };

  Distribution distribution(int component, int parameter) const {
    Distribution d;
    memcpy(&d, words + componentAt(component) + 2 + parameter * DISTRIBUTION_WORDS, sizeof d);
    return d;
  }

  /** Number of parameters of the rule. */
  int thetaLength() const {
    const int first = ruleWidth(0), last = lastRuleWidth();
    const int between = ruleLayers() == 2 ? (first + 1) * last : 0;
    return 5 * first + between + (last + 1) * 7 + 6;
  }

  /** One of `count` equal shares of (0, 1]. */
  static int pick(int count, float u) { return lesser(int(u * float(count)), count - 1); }

 private:
  static constexpr int CHOICE_WORDS = 9;
  static constexpr int DISTRIBUTION_WORDS = 10;
  static constexpr int COMPONENT_WORDS = 2 + 8 * DISTRIBUTION_WORDS;
  static constexpr int LABELLED_AT = 12;
  static constexpr int HIDDEN_AT = LABELLED_AT + CHOICE_WORDS;
  static constexpr int COMPONENTS_AT = HIDDEN_AT + 3 * CHOICE_WORDS;
  static constexpr size_t CONFIG_WORDS = COMPONENTS_AT + 16 * COMPONENT_WORDS;
  int32_t words[CONFIG_WORDS] = {};

  static int componentAt(int component) { return COMPONENTS_AT + component * COMPONENT_WORDS; }
  int choose(int at, float u) const { return words[at + 1 + pick(words[at], u)]; }

  float real(int at) const {
    float x;
    memcpy(&x, words + at, 4);
    return x;
  }
};

}  // namespace KERNEL
