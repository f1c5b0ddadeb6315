// What a rule computes, sampled: each of its seven answers over slices of what a neuron is told, and what is linear in it.

import { askRule, kernelConfig, makeSignals, type ReferenceRule, rationalTanh, readRule } from '@metaplast/plasticity';
import type { RunSpec } from '@metaplast/protocol';

/** The rule's answers in θ's order. */
const ANSWERS = ['delta', 'postW', 'preW', 'postV', 'preV', 'postM', 'preM'] as const;
export type Answer = (typeof ANSWERS)[number];

/** What a slice varies along its vertical axis; z runs along the horizontal one, the other signal is 0. */
export type SliceSignal = 'r' | 's';

/** Points a side of a slice. */
export const SLICE = 41;
/** z and r run over [-1, 1], s over [-2, 2]: about what neurons meet in training. */
export const RANGE = { z: 1, r: 1, s: 2 } as const;

/** A slice's answers [row from below][column]. */
export type Slice = Float64Array;

/** a + b_z z + b_r r + b_s s, fitted over the box of RANGE, and the share of the variance that it explains. */
export interface LinearFit {
  constant: number;
  z: number;
  r: number;
  s: number;
  r2: number;
}

/** An answer to one kind of examples; a rule without lateral weights never hears of s. */
export interface Response {
  r: Slice;
  s?: Slice;
  fit: LinearFit;
}

export interface AnswerData {
  answer: Answer;
  labelled: Response;
  unlabelled: Response;
}

/** Hand-written rules in the same terms; what they don't have is 0. */
export const HAND_WRITTEN = {
  'feedback alignment': { delta: 'r', postW: 'r', preW: 'z' },
  Hebb: { postW: 'z', preW: 'z' },
} as const satisfies Record<string, Partial<Record<Answer, 'z' | 'r'>>>;
export type HandWritten = keyof typeof HAND_WRITTEN;

/** All answers but those that change lateral weights that there are not. */
export function ruleResponse(spec: RunSpec, theta: Float32Array): AnswerData[] {
  const rule = readRule(theta, kernelConfig(spec).rule, rationalTanh);
  const sideOf = (labelled: boolean): ((answer: Answer) => Response) => {
    const [alongR, alongS, fits] = [slice(rule, 'r', labelled), slice(rule, 's', labelled), linearFits(rule, labelled)];
    return (answer) => ({ r: alongR[answer], ...(rule.lateral && { s: alongS[answer] }), fit: fits[answer] });
  };
  const [labelled, unlabelled] = [sideOf(true), sideOf(false)];
  const used = ANSWERS.filter((answer) => rule.lateral || !answer.endsWith('M'));
  return used.map((answer) => ({ answer, labelled: labelled(answer), unlabelled: unlabelled(answer) }));
}

/** Coordinate i of n over [-range, range]. */
const coordinate = (i: number, n: number, range: number): number => (n === 1 ? 0 : range * ((2 * i) / (n - 1) - 1));

function slice(rule: ReferenceRule, along: SliceSignal, labelled: boolean): Record<Answer, Slice> {
  const signals = makeSignals(1, SLICE * SLICE);
  for (let e = 0; e < SLICE * SLICE; e++) {
    signals.z[e] = coordinate(e % SLICE, SLICE, RANGE.z);
    signals[along][e] = coordinate(Math.floor(e / SLICE), SLICE, RANGE[along]);
  }
  askRule(rule, signals, labelled ? SLICE * SLICE : 0);
  return signals;
}

/** Points a side of the box that the fits are made over. */
const BOX = 11;

/** Least squares: over a symmetric grid the terms are orthogonal. */
function linearFits(rule: ReferenceRule, labelled: boolean): Record<Answer, LinearFit> {
  const n = BOX ** 3;
  const signals = makeSignals(1, n);
  for (let e = 0; e < n; e++) {
    signals.z[e] = coordinate(e % BOX, BOX, RANGE.z);
    signals.r[e] = coordinate(Math.floor(e / BOX) % BOX, BOX, RANGE.r);
    signals.s[e] = coordinate(Math.floor(e / BOX ** 2), BOX, RANGE.s);
  }
  askRule(rule, signals, labelled ? n : 0);
  const fit = (values: Float64Array): LinearFit => {
    const constant = values.reduce((a, b) => a + b) / n;
    const slope = (x: Float64Array): number => dot(x, values) / dot(x, x);
    const [z, r, s] = [slope(signals.z), slope(signals.r), rule.lateral ? slope(signals.s) : 0];
    const total = values.reduce((sum, v) => sum + (v - constant) ** 2, 0);
    const explained = z * z * dot(signals.z, signals.z) + r * r * dot(signals.r, signals.r) + s * s * dot(signals.s, signals.s);
    return { constant, z, r, s, r2: total > 0 ? explained / total : 1 };
  };
  return Object.fromEntries(ANSWERS.map((answer) => [answer, fit(signals[answer])])) as Record<Answer, LinearFit>;
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
