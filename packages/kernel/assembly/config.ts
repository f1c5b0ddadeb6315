// The configuration: a block of 32-bit words written by the host (src/config.ts holds the same numbers) and read in place.

/** A choice between up to 8 values: a count, then the values. */
const CHOICE_WORDS: usize = 9;
/** A parameter's distribution: kind, count, 8 values. */
const DISTRIBUTION_WORDS: usize = 10;
const PARAMETERS: usize = 8;
/** A task component: family, cumulative weight, its parameters' distributions. */
const COMPONENT_WORDS: usize = 2 + PARAMETERS * DISTRIBUTION_WORDS;

const LABELLED: usize = 12;
const HIDDEN: usize = LABELLED + CHOICE_WORDS;
const COMPONENTS: usize = HIDDEN + 3 * CHOICE_WORDS;

/** Room for 16 components. */
const words: usize = memory.data(5632, 16);

@inline
function int(index: usize): i32 {
  return load<i32>(words + (index << 2));
}

@inline
function float(index: usize): f32 {
  return load<f32>(words + (index << 2));
}

export function configPointer(): usize {
  return words;
}

export function inputs(): i32 { return int(0); }
export function classes(): i32 { return int(1); }
export function hiddenLayers(): i32 { return int(2); }
export function ruleLayers(): i32 { return int(3); }
export function ruleWidth(layer: i32): i32 { return int(4 + layer); }
export function hasPrior(): bool { return (int(6) & 1) != 0; }
export function hasLateral(): bool { return (int(6) & 2) != 0; }
export function steps(): i32 { return int(7); }
export function unlabelledCount(): i32 { return int(8); }
export function testCount(): i32 { return int(9); }
export function lossCap(): f32 { return float(10); }
export function components(): i32 { return int(11); }

@inline
function pick(count: i32, u: f32): i32 {
  return min(<i32>(u * <f32>count), count - 1);
}

function choose(at: usize, u: f32): i32 {
  return int(at + 1 + pick(int(at), u));
}

/** The number of labelled points, chosen by the uniform u. */
export function labelledCount(u: f32): i32 {
  return choose(LABELLED, u);
}

/** The width of hidden layer `layer` (0-based), chosen by the uniform u. */
export function hiddenWidth(layer: i32, u: f32): i32 {
  return choose(HIDDEN + <usize>layer * CHOICE_WORDS, u);
}

/** The index of the component whose share of (0, 1] holds u. */
export function componentOf(u: f32): i32 {
  let c = 0;
  while (c < components() - 1 && float(COMPONENTS + <usize>c * COMPONENT_WORDS + 1) < u) c++;
  return c;
}

export function familyOf(component: i32): i32 {
  return int(COMPONENTS + <usize>component * COMPONENT_WORDS);
}

/** Address of a parameter's distribution: kind, count, values. */
export function distribution(component: i32, parameter: i32): usize {
  return words + ((COMPONENTS + <usize>component * COMPONENT_WORDS + 2 + <usize>parameter * DISTRIBUTION_WORDS) << 2);
}
