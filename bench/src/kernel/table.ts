// The bench's results as tables, on the terminal and in docs/performance.md, and whether the targets are met.

import { readFileSync, writeFileSync } from 'node:fs';
import { TITLES } from './recipes.js';

/** Median and quartiles. */
export interface Ratio {
  low: number;
  median: number;
  high: number;
}

export interface Result {
  name: string;
  /** Pairs at a time, of those that have a choice. */
  batch: number | undefined;
  trainingsPerSecond: Ratio;
  /** The wasm kernel's speed over its, round by round. */
  ratio: Ratio;
}

export interface ShapeResult {
  shape: string;
  /** Of a training, data generation not counted. */
  multiplyAdds: number;
  single: Result[];
  /** Two processes on two cores. */
  double?: Result[];
}

interface Document {
  measuredAt: string;
  machine: { cpu: string; node: string };
  rounds: number;
  results: ShapeResult[];
}

const round = (x: number): string => (x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2));
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function table({ results }: Document): string {
  const names = [...new Set(results.flatMap(({ single }) => single.map(({ name }) => name)))];
  const shapes = results.map(({ shape }) => shape);
  const find = (shape: ShapeResult, name: string): Result | undefined => shape.single.find((result) => result.name === name);
  const cell = (result: Result | undefined): string =>
    result === undefined
      ? '–'
      : `${round(result.trainingsPerSecond.median)} (${result.name === 'wasm' ? '1' : round(result.ratio.median)})`;
  const lines = [row(['', ...shapes]), row(['---', ...shapes.map(() => '---')])];
  for (const name of names) lines.push(row([TITLES[name] ?? name, ...results.map((shape) => cell(find(shape, name)))]));
  const gigas = (shape: ShapeResult): string =>
    ((shape.multiplyAdds * (find(shape, 'wasm')?.trainingsPerSecond.median ?? 0)) / 1e9).toFixed(2);
  lines.push(row(['multiply-adds of a training, millions', ...results.map(({ multiplyAdds }) => (multiplyAdds / 1e6).toFixed(1))]));
  lines.push(row(['wasm kernel: billions of them a second', ...results.map(gigas)]));
  return lines.join('\n');
}

function twoCores(shape: ShapeResult): string {
  const lines = [row(['default shape', 'one core', 'two cores', 'gain', 'wasm ÷ it, two cores']), row(Array(5).fill('---'))];
  for (const { name, trainingsPerSecond, ratio } of shape.double ?? []) {
    const one = shape.single.find((result) => result.name === name)!.trainingsPerSecond.median;
    const two = trainingsPerSecond.median;
    lines.push(row([TITLES[name] ?? name, round(one), round(two), round(two / one), round(ratio.median)]));
  }
  return lines.join('\n');
}

/** Of the default shape on one core: what is to be how many times as fast as what. */
function targets({ single }: ShapeResult): string {
  const ratioOf = (prefix: string): Ratio | undefined => {
    const found = single.filter(({ name }) => name.startsWith(prefix));
    // The fastest of several builds.
    return found.sort((a, b) => a.ratio.median - b.ratio.median)[0]?.ratio;
  };
  const limit = ratioOf('limit');
  const native = ratioOf('native');
  const lines = [row(['target, default shape, one core', 'at least', 'measured (quartiles)', '']), row(Array(4).fill('---'))];
  const add = (what: string, least: number, ratio: Ratio | undefined): void => {
    if (ratio === undefined) return;
    const verdict = ratio.median >= least ? 'met' : '**missed**';
    lines.push(row([what, String(least), `${ratio.median.toFixed(2)} (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`, verdict]));
  };
  add('wasm ÷ C++ with FMA (its fastest width)', 0.36, limit);
  add('wasm ÷ C++ SSE4.2', 1, ratioOf('native-4'));
  add('wasm ÷ numpy', 1.25, ratioOf('numpy'));
  add('wasm ÷ PyTorch', 3.5, ratioOf('torch'));
  add('wasm ÷ plain JS (the faster one)', 10, lower(ratioOf('plain'), ratioOf('reference')));
  add('wasm ÷ tfjs engine', 15, ratioOf('tfjs'));
  if (limit && native) {
    // More is asked of AVX-512 than of AVX2.
    const over = { low: limit.low / native.high, median: limit.median / native.median, high: limit.high / native.low };
    add('native ÷ C++ with FMA', single.some(({ name }) => name === 'native-16') ? 0.8 : 0.7, over);
  }
  return lines.join('\n');
}

const lower = (a: Ratio | undefined, b: Ratio | undefined): Ratio | undefined => (a && b ? (a.median < b.median ? a : b) : (a ?? b));

const BEGIN = '<!-- made by npm run bench -- kernel --docs -->';
const END = '<!-- end -->';

/** Prints the targets; with `docs` the tables go into docs/performance.md. */
export function writeTables(document: Document, docs: boolean): void {
  const first = document.results.find(({ shape }) => shape === 'default');
  const { cpu, node } = document.machine;
  const parts = [
    `${cpu}, Node ${node.slice(1)}, ${document.measuredAt.slice(0, 10)}, median of ${document.rounds} rounds:`,
    table(document),
  ];
  if (first) parts.push(targets(first));
  if (first?.double) parts.push(twoCores(first));
  const text = parts.join('\n\n');
  console.log(`\n${text}`);
  if (!docs) return;
  const path = new URL('../../../docs/performance.md', import.meta.url);
  const page = readFileSync(path, 'utf8');
  const [before, rest] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before < 0 || rest < 0) throw new Error('docs/performance.md has no place for the tables');
  writeFileSync(path, `${page.slice(0, before + BEGIN.length)}\n\n${text}\n\n${page.slice(rest)}`);
}
