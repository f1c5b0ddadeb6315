// A task's data sets: labelled points, the unlabelled points of every inner step, test points. Drawn once, shared by the pair.

import { allocate } from "./arena";
import { componentOf, familyOf, inputs, labelledCount, steps, testCount, unlabelledCount } from "./config";
import { drawPoint, drawTask, drawnClass, labelOf, stratifiedClass } from "./families";
import { fillGaussian, fillUniform, uniformAt } from "./philox";
import { LABELLED, TASK, TEST, UNLABELLED } from "./streams";

/** Points are rows of D floats; labels are 32-bit integers. */
export let labelledPoints: usize = 0;
export let labelledLabels: usize = 0;
export let labelled: i32 = 0;
export let unlabelledPoints: usize = 0;
export let unlabelledLabels: usize = 0;
export let testPoints: usize = 0;
export let testLabels: usize = 0;

let setLabels: usize = 0;

/** Draws n points; returns their address, their labels' in setLabels. A point takes 4 uniforms and D normals, rounded up to 4. */
function drawSet(kind: u32, n: i32, stratified: bool): usize {
  const D = inputs();
  const normalsEach = (D + 3) & ~3;
  const points = allocate((<usize>(n * D) << 2) + 64);
  setLabels = allocate((<usize>n << 2) + 64);
  const uniforms = allocate((<usize>n << 4) + 64);
  const normals = allocate((<usize>(n * normalsEach) << 2) + 64);
  fillUniform(kind, 4 * n, uniforms);
  fillGaussian(kind + 1, normalsEach * n, normals);
  for (let i = 0; i < n; i++) {
    const u = uniforms + (<usize>i << 4);
    const c = stratified ? stratifiedClass(i, n) : drawnClass(load<f32>(u));
    store<i32>(setLabels + (<usize>i << 2), labelOf(c));
    drawPoint(c, load<f32>(u, 4), normals + (<usize>(i * normalsEach) << 2), points + (<usize>(i * D) << 2));
  }
  return points;
}

/** Draws the task and all its data at the current address. */
export function drawData(): void {
  const component = componentOf(uniformAt(TASK, 0));
  labelled = labelledCount(uniformAt(TASK, 1));
  drawTask(component, familyOf(component));
  labelledPoints = drawSet(LABELLED, labelled, true);
  labelledLabels = setLabels;
  unlabelledPoints = drawSet(UNLABELLED, steps() * unlabelledCount(), false);
  unlabelledLabels = setLabels;
  testPoints = drawSet(TEST, testCount(), true);
  testLabels = setLabels;
}
