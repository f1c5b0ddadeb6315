// What a server answers, as text.

import type { Comparison, DryRun, Evaluation, EvaluationSummary, Run, RunSummary, Workers } from '@metaplast/protocol';
import { points } from '@metaplast/training/numbers';
import { printable } from '../printable.js';
import { columns } from '../run/columns.js';
import { duration } from '../run/progress.js';
import { accuracy, count, tuningNote } from '../run/table.js';

const NONE = '–';
/** 2026-11-24T18:55:01.123Z → 2026-11-24 18:55 */
const minute = (iso: string): string => iso.slice(0, 16).replace('T', ' ');

export function runRows(runs: readonly RunSummary[]): string[][] {
  const rows = runs.map(({ id, name, state, generation, generations, heldOut, baseline, rate, createdAt }) => [
    id,
    name,
    state,
    `${generation}/${generations}`,
    heldOut ? accuracy(heldOut) : NONE,
    baseline ? accuracy(baseline) : NONE,
    rate ? duration(rate.etaSeconds) : NONE,
    minute(createdAt),
  ]);
  return [['id', 'name', 'state', 'generation', 'held-out', 'backprop', 'ETA', 'made (UTC)'], ...rows];
}

export function evaluationRows(evaluations: readonly EvaluationSummary[]): string[][] {
  const rows = evaluations.map(({ id, name, state, run, generation, done, families, trials, createdAt }) => [
    id,
    name,
    state,
    run ?? NONE,
    generation === null ? NONE : String(generation),
    `${done}/${families.length}`,
    String(trials),
    minute(createdAt),
  ]);
  return [['id', 'name', 'state', 'run', 'generation', 'families', 'trials', 'made (UTC)'], ...rows];
}

export function runText(run: Run): string {
  const { heldOut, baseline, rate, forkedFrom } = run;
  return lines([
    ['id', run.id],
    ['name', run.name],
    ['state', `${run.state}${run.reason ? `: ${run.reason}` : ''}`],
    ['generation', `${run.generation}/${run.generations}`],
    ['held-out', heldOut && `${accuracy(heldOut)} at generation ${heldOut.generation}`],
    ['backprop', baseline && `${accuracy(baseline)} (${baseline.kind}, tuned, on the same tasks)`],
    [
      'speed',
      rate &&
        `${count(rate.trainingsPerSecond)} trainings/s, ${Math.round(100 * rate.utilisation)} % busy, ${duration(rate.etaSeconds)} left`,
    ],
    ['θ sha256', run.thetaSha256],
    ['kernel', run.kernel],
    ['computed by', `${run.engines.join(', ') || 'nobody yet'}${run.bitIdentical ? '' : ' (not bit-identical)'}`],
    ['seed', String(run.spec.seed)],
    ['tasks', run.spec.tasks.map(({ family }) => family).join(', ')],
    ['forked from', forkedFrom && `${forkedFrom.run} at generation ${forkedFrom.generation}`],
    ['tags', run.tags.join(', ') || null],
    ['notes', run.notes || null],
    ['priority', String(run.priority)],
    ['starts', String(run.attempt)],
    ['made', run.createdAt],
    ['changed', run.updatedAt],
  ]);
}

export function evaluationText(evaluation: Evaluation): string {
  const { generation, results } = evaluation;
  const facts = lines([
    ['id', evaluation.id],
    ['name', evaluation.name],
    ['state', `${evaluation.state}${evaluation.reason ? `: ${evaluation.reason}` : ''}`],
    ['run', evaluation.run],
    ['generation', generation === null ? null : String(generation)],
    ['θ sha256', evaluation.thetaSha256],
    ['families', `${evaluation.done}/${evaluation.families.length}, ${count(evaluation.trials)} fresh tasks each`],
    ['made', evaluation.createdAt],
  ]);
  return results.some((result) => result !== null) ? `${facts}\n\n${evaluationTable(evaluation)}` : facts;
}

/** A row a family that is finished; a column a baseline, and the paired differences. */
export function evaluationTable({ baselines, results, tunedOn, families }: Evaluation): string {
  const rows = results.flatMap((result) => {
    if (result === null) return [];
    const of = (kind: string) => result.baselines.find((baseline) => baseline.kind === kind);
    const cells = baselines.map(of);
    return [
      [
        `${result.task.family} (${result.trials})`,
        accuracy(result.rule),
        ...cells.map((baseline) => (baseline ? accuracy(baseline) : NONE)),
        ...cells.map((baseline) => (baseline ? points(baseline.paired) : NONE)),
      ],
    ];
  });
  const table = columns([['fresh tasks', 'rule', ...baselines, ...baselines.map((kind) => `rule − ${kind}`)], ...rows]);
  return table + tuningNote(tunedOn, families[0]!.family);
}

export function comparisonText({ runs, differences }: Comparison): string {
  const table = columns(runRows(runs.map(({ run }) => run)), [0, 1, 2]);
  if (runs.length < 2) return table;
  if (differences.length === 0) return `${table}\n\nTheir specs are the same.`;
  const rows = differences.map(({ pointer, values }) => [
    pointer,
    ...values.map((value) => (value === null ? NONE : JSON.stringify(value))),
  ]);
  return `${table}\n\n${columns([['spec', ...runs.map(({ run }) => run.name)], ...rows])}`;
}

export function workersText({ dispatch, slots, demand, workers }: Workers): string {
  const rows = workers.map(({ id, name, threads, state, refused, version, trainingsPerSecond, ageMs }) => [
    id,
    name,
    refused === undefined ? state : `refused: ${refused}`,
    String(threads),
    trainingsPerSecond === undefined ? NONE : count(trainingsPerSecond),
    ageMs === undefined ? NONE : `${(ageMs / 1000).toFixed(1)} s ago`,
    version,
  ]);
  const head =
    dispatch === 'redis'
      ? `over Redis: ${slots} slots, ${demand ?? 0} chunks wait or are computed`
      : `in the server's process: ${slots} threads`;
  const table = columns([['id', 'name', 'state', 'threads', 'trainings/s', 'heard of', 'version'], ...rows], [0, 1, 2]);
  return workers.length === 0 ? `${head}; no workers` : `${head}\n${table}`;
}

export function costLines({ spec, cost: { innerTrainings, multiplyAdds, coreHours } }: DryRun): string {
  const { generations, pairs } = spec.outer;
  return lines([
    ['generations', `${count(generations)} of ${count(pairs)} antithetic pairs`],
    ['trainings', count(innerTrainings)],
    ['multiply-adds', multiplyAdds.toExponential(2)],
    ['core hours', `about ${coreHours.toPrecision(2)}`],
  ]);
}

/** What is null is left out. */
function lines(facts: readonly (readonly [name: string, value: string | null])[]): string {
  const said = facts.filter((fact): fact is [string, string] => fact[1] !== null);
  const width = Math.max(...said.map(([name]) => name.length));
  return said.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`).join('\n');
}
