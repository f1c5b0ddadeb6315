// The task families: how a task's parameters and points are drawn. A point is drawn given its class; what all families
// share (stretch, rotation, scale, offset) comes after. docs/tasks.md describes each; the float64 oracle has its own copy.

import { allocate } from "./arena";
import { distribution, inputs, classes } from "./config";
import { cosTurns, exp, log, sinTurns } from "./math";
import { fillGaussian, uniformAt } from "./philox";
import { TASK, TASK_NORMAL } from "./streams";

const TWO_MOONS: i32 = 0;
const ANISOTROPIC: i32 = 1;
const GENERIC: i32 = 2;
const ISOTROPIC: i32 = 3;
const DIAGONAL: i32 = 4;
const LINEAR_MARGIN: i32 = 5;
const CIRCLES: i32 = 6;
const XOR_BLOBS: i32 = 7;
const BLOBS: i32 = 8;

const ROTATION: i32 = 0;
const SCALE: i32 = 1;
const STRETCH: i32 = 2;
const OFFSET: i32 = 3;
const SEPARATION: i32 = 4;
const NOISE: i32 = 5;
const BALANCE: i32 = 6;
const LABEL_SWAP: i32 = 7;

/** Elements of the TASK stream: parameters from 8 on, the family's own uniforms from 16 on. */
const PARAMETER_DRAWS: u32 = 8;
const FAMILY_DRAWS: u32 = 16;
/** Elements of the TASK_NORMAL stream: 16 of the family's own, then stretch and offset (an axis each), then blob centres. */
const FAMILY_NORMALS: i32 = 16;

let family: i32 = 0;
let separation: f32 = 0;
let noise: f32 = 0;
let balance: f32 = 0;
let swap: bool = false;
let normals: usize = 0;
/** The affine map of all axes: factor and shift an axis, then a rotation of the first two. */
let axisFactor: usize = 0;
let axisShift: usize = 0;
let cosine: f32 = 1;
let sine: f32 = 0;
/** Two Gaussians: ± mean, a 2 × 2 factor a class, 1 / population standard deviation an axis. */
let mean0: f32 = 0;
let mean1: f32 = 0;
const factors: usize = memory.data(32, 16);
let unit0: f32 = 1;
let unit1: f32 = 1;

/** One draw from a distribution {kind, count, values}: fixed, uniform, log-uniform or a choice. */
function draw(component: i32, parameter: i32): f32 {
  const at = distribution(component, parameter);
  const kind = load<i32>(at);
  const first = load<f32>(at, 8);
  if (kind == 0) return first;
  const u = uniformAt(TASK, PARAMETER_DRAWS + parameter);
  if (kind == 3) {
    const count = load<i32>(at, 4);
    return load<f32>(at + (<usize>min(<i32>(u * <f32>count), count - 1) << 2), 8);
  }
  const second = load<f32>(at, 12);
  return kind == 1 ? first + u * (second - first) : first * exp(u * log(second / first));
}

@inline
function normal(index: i32): f32 {
  return load<f32>(normals + (<usize>index << 2));
}

@inline
function familyUniform(index: u32, low: f32, high: f32): f32 {
  return low + uniformAt(TASK, FAMILY_DRAWS + index) * (high - low);
}

@inline
function setFactor(c: i32, f00: f32, f01: f32, f10: f32, f11: f32): void {
  const at = factors + (<usize>c << 4);
  store<f32>(at, f00);
  store<f32>(at, f01, 4);
  store<f32>(at, f10, 8);
  store<f32>(at, f11, 12);
}

/** Class factor of two Gaussians: standard deviations s0 and s1 along axes turned by `turns`. */
function setRotatedFactor(c: i32, turns: f32, s0: f32, s1: f32): void {
  const co = cosTurns(turns);
  const si = sinTurns(turns);
  setFactor(c, co * s0, -si * s1, si * s0, co * s1);
}

@inline
function variance(c: i32, row: i32): f32 {
  const at = factors + (<usize>c << 4) + (<usize>row << 3);
  const a = load<f32>(at);
  const b = load<f32>(at, 4);
  return a * a + b * b;
}

function drawGaussians(): void {
  if (family == GENERIC) {
    mean0 = normal(0);
    mean1 = normal(1);
    for (let c = 0; c < 2; c++) {
      const n = 2 + 4 * c;
      setFactor(c, <f32>0.6 * normal(n), <f32>0.6 * normal(n + 1), <f32>0.6 * normal(n + 2), <f32>0.6 * normal(n + 3));
    }
  } else {
    const distance = family == ANISOTROPIC ? familyUniform(0, 0.5, 1.2) : familyUniform(0, 1, 2);
    const direction = familyUniform(1, 0, 1);
    mean0 = distance * cosTurns(direction);
    mean1 = distance * sinTurns(direction);
    for (let c = 0; c < 2; c++) {
      const u: u32 = 2 + 3 * c;
      if (family == ANISOTROPIC) setRotatedFactor(c, familyUniform(u, 0, 1), familyUniform(u + 1, 0.6, 1.4), familyUniform(u + 2, 0.1, 0.4));
      else if (family == DIAGONAL) setFactor(c, exp(<f32>0.4 * normal(2 * c)), 0, 0, exp(<f32>0.4 * normal(2 * c + 1)));
      else setFactor(c, 1, 0, 0, 1);
    }
  }
  mean0 *= separation;
  mean1 *= separation;
  const within = <f32>0.5 * noise * noise;
  unit0 = 1 / sqrt<f32>(mean0 * mean0 + within * (variance(0, 0) + variance(1, 0)));
  unit1 = 1 / sqrt<f32>(mean1 * mean1 + within * (variance(0, 1) + variance(1, 1)));
}

/** Draws the parameters of the task at the current address, of mixture component `component`. */
export function drawTask(component: i32, familyId: i32): void {
  const D = inputs();
  family = familyId;
  const count = FAMILY_NORMALS + 2 * D + D * classes();
  normals = allocate((<usize>count << 2) + 64);
  fillGaussian(TASK_NORMAL, count, normals);
  separation = draw(component, SEPARATION);
  noise = draw(component, NOISE);
  balance = draw(component, BALANCE);
  swap = uniformAt(TASK, 5) <= draw(component, LABEL_SWAP);
  const scale = draw(component, SCALE);
  const stretch = draw(component, STRETCH);
  const offset = draw(component, OFFSET);
  const turns = draw(component, ROTATION);
  cosine = cosTurns(turns);
  sine = sinTurns(turns);
  axisFactor = allocate(<usize>D << 2);
  axisShift = allocate(<usize>D << 2);
  for (let d = 0; d < D; d++) {
    store<f32>(axisFactor + (<usize>d << 2), scale * exp(stretch * normal(FAMILY_NORMALS + d)));
    store<f32>(axisShift + (<usize>d << 2), offset * normal(FAMILY_NORMALS + D + d));
  }
  if (family >= ANISOTROPIC && family <= DIAGONAL) drawGaussians();
}

/** Class of point i of n when classes are given out in shares: the first round(n · balance) are class 0, the rest take turns. */
export function stratifiedClass(i: i32, n: i32): i32 {
  const first = max(1, min(<i32>nearest<f32>(<f32>n * balance), max(1, n - 1)));
  return i < first ? 0 : 1 + (i - first) % (classes() - 1);
}

/** Class of a freely drawn point from its uniform u. */
export function drawnClass(u: f32): i32 {
  if (u <= balance) return 0;
  const others = classes() - 1;
  return 1 + min(<i32>(((u - balance) / (1 - balance)) * <f32>others), others - 1);
}

/** The label that class c bears in this task. */
export function labelOf(c: i32): i32 {
  return swap ? classes() - 1 - c : c;
}

@inline
function put(out: usize, x: f32, y: f32): void {
  store<f32>(out, x);
  store<f32>(out, y, 4);
}

/** Writes a point of class c at `out` (D floats) from its uniform u and its normals at g (D floats). */
export function drawPoint(c: i32, u: f32, g: usize, out: usize): void {
  const D = inputs();
  const g0 = load<f32>(g);
  const g1 = load<f32>(g, 4);
  if (family == TWO_MOONS) {
    const half = u * <f32>0.5;
    const x = cosTurns(half);
    const y = sinTurns(half);
    const apart = <f32>0.5 * separation * noise;
    const px = (c == 0 ? x : 1 - x) + noise * g0;
    const py = (c == 0 ? y + apart : <f32>0.5 - y - apart) + noise * g1;
    put(out, (px - <f32>0.5) * <f32>1.4285714285714286, (py - <f32>0.25) * <f32>1.4285714285714286);
  } else if (family <= DIAGONAL) {
    const f = factors + (<usize>c << 4);
    const sign: f32 = c == 0 ? 1 : -1;
    const px = sign * mean0 + noise * (load<f32>(f) * g0 + load<f32>(f, 4) * g1);
    const py = sign * mean1 + noise * (load<f32>(f, 8) * g0 + load<f32>(f, 12) * g1);
    put(out, px * unit0, py * unit1);
  } else if (family == LINEAR_MARGIN) {
    const side = <f32>0.5 * separation + noise * abs<f32>(g0);
    put(out, c == 0 ? side : -side, g1);
  } else if (family == CIRCLES) {
    const radius: f32 = c == 0 ? 1 : 1 - separation;
    put(out, radius * cosTurns(u) + noise * g0, radius * sinTurns(u) + noise * g1);
  } else if (family == XOR_BLOBS) {
    const x: f32 = u <= 0.5 ? separation : -separation;
    put(out, x + noise * g0, (c == 0 ? x : -x) + noise * g1);
  } else {
    const centres = FAMILY_NORMALS + 2 * D + c * D;
    for (let d = 0; d < D; d++) {
      store<f32>(out + (<usize>d << 2), separation * normal(centres + d) + noise * load<f32>(g + (<usize>d << 2)));
    }
  }
  transform(out, D);
}

/** Stretch and scale an axis, rotate the first two, shift. */
@inline
function transform(point: usize, D: i32): void {
  for (let d = 0; d < D; d++) {
    const at = point + (<usize>d << 2);
    store<f32>(at, load<f32>(at) * load<f32>(axisFactor + (<usize>d << 2)));
  }
  const x = load<f32>(point);
  const y = load<f32>(point, 4);
  put(point, cosine * x - sine * y, sine * x + cosine * y);
  for (let d = 0; d < D; d++) {
    const at = point + (<usize>d << 2);
    store<f32>(at, load<f32>(at) + load<f32>(axisShift + (<usize>d << 2)));
  }
}
