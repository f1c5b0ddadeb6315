// The kinds of random streams. (domain, generation, pair, task) come on top: see philox.ts. Never renumber: results change.

export const PERTURBATION: u32 = 0;
/** Scalars of a task: mixture component, label count, widths, parameters. */
export const TASK: u32 = 1;
/** Normals of a task: class means and factors, stretch, offset. */
export const TASK_NORMAL: u32 = 2;
export const LABELLED: u32 = 4; // + 1: normals
export const UNLABELLED: u32 = 6; // + 1
export const TEST: u32 = 8; // + 1
export const WEIGHTS_FORWARD: u32 = 16; // + layer
export const WEIGHTS_FEEDBACK: u32 = 24; // + layer
export const WEIGHTS_LATERAL: u32 = 32; // + layer
export const THETA: u32 = 40;
