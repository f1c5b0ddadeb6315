// From anything to a RunSpec, or to the list of everything that is wrong with it.

import type { TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import Value from 'typebox/value';
import { type PartialRunSpec, RunSpec, type TaskSpec } from './spec.js';
import { specAt, stageSpec } from './stages.js';

// TypeBox stops at 8 errors; whoever mends a document wants to see all.
Settings.Set({ maxErrors: 1000 });

/** One thing wrong with a document. */
export interface FieldError {
  /** JSON pointer (RFC 6901) of the field; '' is the whole document. */
  pointer: string;
  /** What is allowed, and what was given. */
  detail: string;
}

/** Thrown when a document is refused; carries all field errors at once. */
export class ValidationError extends Error {
  override readonly name = 'ValidationError';
  readonly errors: readonly FieldError[];

  constructor(what: string, errors: readonly FieldError[]) {
    super(`${what} is invalid:\n${errors.map((e) => `  ${e.pointer || '(document)'}: ${e.detail}`).join('\n')}`);
    this.errors = errors;
  }
}

/** Upper bound of a run's cost: multiply-adds of all inner trainings together (some core-years). */
export const MAX_COST = 1e18;
/** Upper bound of a training's data, floats. */
const MAX_DATA = 1 << 25;

/** Fills in all defaults and checks everything; throws ValidationError. */
export function resolveSpec(input: unknown): RunSpec {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new ValidationError('run spec', [{ pointer: '', detail: `must be an object, was ${show(input)}` }]);
  }
  const filled = fillDefaults(RunSpec, structuredClone(input));
  const errors = schemaErrors(RunSpec, filled);
  if (errors.length === 0) errors.push(...crossErrors(filled as RunSpec));
  if (errors.length > 0) throw new ValidationError('run spec', errors);
  return filled as RunSpec;
}

/** Missing objects are made and missing fields take their default; nothing that was given is touched. */
function fillDefaults(schema: TSchema, value: unknown): unknown {
  const {
    properties,
    default: fallback,
    required,
  } = schema as { properties?: Record<string, TSchema>; default?: unknown; required?: string[] };
  if (value === undefined && fallback !== undefined) return structuredClone(fallback);
  if (properties === undefined) return value;
  const object = value === undefined ? {} : value;
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return object;
  const record = object as Record<string, unknown>;
  for (const [key, child] of Object.entries(properties)) {
    if (!required?.includes(key)) continue;
    const filled = fillDefaults(child, record[key]);
    if (filled !== undefined) record[key] = filled;
  }
  return record;
}

/** All schema errors, one a field, said in the terms of the field. */
export function schemaErrors(schema: TSchema, value: unknown): FieldError[] {
  if (Value.Check(schema, value)) return []; // several times as fast
  const byPointer = new Map<string, FieldError>();
  for (const error of Value.Errors(schema, value)) {
    if (error.keyword === 'boolean') continue; // said by additionalProperties
    for (const { pointer, detail } of describe(schema, value, error)) {
      // The error of a union comes after those of its branches and says it for all of them.
      if (error.keyword === 'anyOf') for (const key of byPointer.keys()) if (key.startsWith(`${pointer}/`)) byPointer.delete(key);
      if (error.keyword === 'anyOf' || !byPointer.has(pointer)) byPointer.set(pointer, { pointer, detail });
    }
  }
  return [...byPointer.values()];
}

type RawError = ReturnType<typeof Value.Errors>[number];

function describe(schema: TSchema, value: unknown, error: RawError): FieldError[] {
  const pointer = error.instancePath;
  const params = error.params as Record<string, unknown>;
  const given = `was ${show(valueAt(value, pointer))}`;
  const at = (names: readonly string[], detail: string): FieldError[] =>
    names.map((name) => ({ pointer: `${pointer}/${escapePointer(name)}`, detail }));
  if (error.keyword === 'additionalProperties') {
    const known = Object.keys((schemaAt(schema, pointer) as { properties?: object }).properties ?? {});
    return at(params.additionalProperties as string[], `unknown field; known here: ${known.join(', ')}`);
  }
  if (error.keyword === 'required') {
    return at(params.requiredProperties as string[], 'is required');
  }
  return [{ pointer, detail: `must be ${allowed(schemaAt(schema, pointer))}, ${given}` }];
}

/** What a schema allows, in words. */
function allowed(schema: TSchema): string {
  const s = schema as Record<string, unknown> & { anyOf?: TSchema[]; items?: TSchema; properties?: Record<string, TSchema> };
  if (s.anyOf) return s.anyOf.map(allowed).join(' or ');
  if (s.const !== undefined) return JSON.stringify(s.const);
  if (s.type === 'integer' || s.type === 'number')
    return `${s.type === 'integer' ? 'an integer' : 'a number'} in [${s.minimum}, ${s.maximum}]`;
  if (Array.isArray(s.items)) return `an array of ${s.items.length} items, each ${allowed(s.items[0])}`; // all alike in every spec
  if (s.type === 'array') return `an array of ${range(s.minItems, s.maxItems)} ${s.uniqueItems ? 'different ' : ''}items`;
  if (s.type === 'string') {
    const length = s.minLength ?? s.maxLength;
    return `a string${length === undefined ? '' : ` of ${range(s.minLength, s.maxLength)} characters`}${s.pattern ? ` that matches ${s.pattern}` : ''}`;
  }
  if (s.properties) return `{${Object.keys(s.properties).join(', ')}}`;
  return `a ${String(s.type)}`;
}

const range = (low: unknown = 0, high: unknown): string =>
  high === undefined ? `at least ${low}` : low === 0 ? `at most ${high}` : `${low} to ${high}`;

function segments(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((s) => s.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function valueAt(value: unknown, pointer: string): unknown {
  return segments(pointer).reduce<unknown>((v, key) => (v as Record<string, unknown> | undefined)?.[key], value);
}

/** The schema that stands for a pointer; of a union the branch that has the field. */
function schemaAt(schema: TSchema, pointer: string): TSchema {
  let at = schema as TSchema & { anyOf?: TSchema[]; properties?: Record<string, TSchema>; items?: TSchema | TSchema[] };
  for (const key of segments(pointer)) {
    const branches = at.anyOf ?? [at];
    const next = branches
      .map((b) => b as typeof at)
      .map((b) => b.properties?.[key] ?? (Array.isArray(b.items) ? b.items[Number(key)] : b.items))
      .find((found) => found !== undefined);
    if (next === undefined) return at;
    at = next as typeof at;
  }
  return at;
}

function show(value: unknown): string {
  // JSON has null for NaN.
  const text = (typeof value === 'number' ? undefined : JSON.stringify(value)) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Largest value of an integer or a choice. */
const largest = (value: number | { choice: number[] }): number => (typeof value === 'number' ? value : Math.max(...value.choice));

/** What a parameter is at least; a uniform one is above its lower bound by a step of float32 draws. */
function least(value: number | { choice: number[] } | { uniform: number[] } | { logUniform: number[] }): number {
  if (typeof value === 'number') return value;
  if ('choice' in value) return Math.min(...value.choice);
  if ('logUniform' in value) return value.logUniform[0]!;
  return Math.max(value.uniform[0]!, value.uniform[1]! * 2 ** -33);
}

/** Points nearer to each other than that cannot be brought to unit variance in float32. */
const LEAST_SPREAD = 1e-15;

/** What no single field shows: shapes that must agree, ordered bounds, stages that fit, and the product of all sizes. */
function crossErrors(spec: RunSpec): FieldError[] {
  const errors = [
    ...taskErrors(spec, spec.tasks, '/tasks'),
    ...taskErrors(spec, spec.evaluation.families, '/evaluation/families'),
    ...innerErrors(spec, ''),
  ];
  (spec.stages ?? []).forEach((stage, i) => {
    errors.push(...taskErrors(spec, stage.tasks ?? [], `/stages/${i}/tasks`));
    if (stage.inner) errors.push(...innerErrors(stageSpec(spec, stage), `/stages/${i}`));
  });
  const staged = stagedGenerations(spec);
  if (staged > spec.outer.generations) {
    errors.push({ pointer: '/stages', detail: `take ${staged} generations; the run has ${spec.outer.generations}` });
  }
  const cost = runCost(spec);
  if (cost > MAX_COST) {
    errors.push({
      pointer: '',
      detail: `total cost is ${cost.toExponential(1)} multiply-adds; at most ${MAX_COST.toExponential(0)} is allowed (generations × pairs × tasks × steps × size)`,
    });
  }
  return errors;
}

/** Of a list of tasks: one network serves all of a run, and bounds are in order. */
function taskErrors(spec: RunSpec, list: readonly TaskSpec[], at: string): FieldError[] {
  const errors: FieldError[] = [];
  const first = spec.tasks[0]!;
  list.forEach((task, i) => {
    const { dimensions = 2, classes = 2, family } = task;
    if (family !== 'blobs' && (dimensions !== 2 || classes !== 2)) {
      errors.push({ pointer: `${at}/${i}/family`, detail: `${family} has 2 dimensions and 2 classes; only blobs can have others` });
    } else if (dimensions !== (first.dimensions ?? 2) || classes !== (first.classes ?? 2)) {
      errors.push({ pointer: `${at}/${i}`, detail: 'must have the dimensions and classes of /tasks/0: one network serves all tasks' });
    }
    const { noise = 1, separation = 1 } = task.params ?? {};
    if (family.startsWith('two-gaussians') && Math.max(least(noise), least(separation)) < LEAST_SPREAD) {
      const detail = `must be at least ${LEAST_SPREAD} where separation is not: all points would be the same`;
      errors.push({ pointer: `${at}/${i}/params/noise`, detail });
    }
    for (const [name, value] of Object.entries(task.params ?? {})) {
      const range =
        typeof value === 'object' ? ('uniform' in value ? value.uniform : 'logUniform' in value ? value.logUniform : undefined) : undefined;
      if (range && range[0] > range[1]) {
        errors.push({ pointer: `${at}/${i}/params/${name}`, detail: `bounds must be in order, were ${show(range)}` });
      }
    }
  });
  return errors;
}

/** Of the inner training of a run or of a stage at `at`: enough labels, and not too much data. */
function innerErrors(spec: RunSpec, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const classes = spec.tasks[0]!.classes ?? 2;
  const labelled = spec.inner.labelled;
  const fewest = typeof labelled === 'number' ? labelled : Math.min(...labelled.choice);
  if (fewest < classes)
    errors.push({ pointer: `${at}/inner/labelled`, detail: `must be at least the number of classes, ${classes}, was ${fewest}` });
  const data = dataFloats(spec);
  if (data > MAX_DATA) {
    errors.push({
      pointer: `${at}/inner`,
      detail: `steps × unlabelled + test points take ${data.toExponential(1)} floats a training; at most ${MAX_DATA} are allowed`,
    });
  }
  return errors;
}

const stagedGenerations = ({ stages = [] }: RunSpec): number => stages.reduce((sum, stage) => sum + stage.generations, 0);

function dataFloats(spec: RunSpec): number {
  const dimensions = spec.tasks[0]!.dimensions ?? 2;
  return (spec.inner.steps * spec.inner.unlabelled + spec.inner.test + largest(spec.inner.labelled)) * (dimensions + 8);
}

/** What a tanh costs, in multiply-adds. */
const TANH_COST = 8;

/** Multiply-adds of one inner training, data generation not counted; the largest choice counts. */
export function trainingCost(spec: RunSpec): number {
  const { dimensions = 2, classes = 2 } = spec.tasks[0]!;
  const widths = [dimensions, ...spec.network.hidden.map(largest), classes];
  const mlp = [4, ...spec.rule.hidden, 7];
  const perNeuron = mlp.slice(1).reduce((sum, width, i) => sum + width * (mlp[i]! + (i < mlp.length - 2 ? TANH_COST : 0)), 0);
  const batch = largest(spec.inner.labelled) + spec.inner.unlabelled;
  let neurons = widths[0]!;
  let connections = 0;
  widths.slice(1).forEach((n, i) => {
    neurons += n;
    connections += 4 * n * widths[i]! + (spec.rule.lateral ? 2 * n * n : 0);
  });
  return spec.inner.steps * batch * (neurons * perNeuron + connections) + spec.inner.test * connections;
}

/** Inner trainings of the meta-training (evaluation not counted). */
export function runTrainings(spec: RunSpec): number {
  return generationTrainings(spec) * spec.outer.generations;
}

/** Inner trainings of a generation. */
export const generationTrainings = ({ outer }: RunSpec): number => 2 * outer.pairs * outer.tasksPerPair;

/** Multiply-adds of the whole meta-training, or of what is left of it from a generation on. */
export function runCost(spec: RunSpec, from = 0): number {
  let [cost, end] = [0, 0];
  const add = (generations: number, of: RunSpec): void => {
    const start = Math.max(from, end);
    end += generations;
    cost += Math.max(0, end - start) * trainingCost(of);
  };
  for (const stage of spec.stages ?? []) add(stage.generations, stageSpec(spec, stage));
  add(spec.outer.generations - stagedGenerations(spec), spec);
  return generationTrainings(spec) * cost;
}

/** Seconds that the generations from `generation` on take at the speed of the one before: later stages may be another inner problem. */
export function etaSeconds(spec: RunSpec, generation: number, trainingsPerSecond: number): number {
  const last = Math.max(0, Math.min(generation, spec.outer.generations) - 1);
  return runCost(spec, generation) / trainingCost(specAt(spec, last)) / trainingsPerSecond;
}

export type { PartialRunSpec };
