// Held-out accuracy beside the tuned baselines.

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Chart, type ChartProps, type Line } from '../../charts/chart.js';
import type { Column } from '../../charts/series.js';
import type { LiveRun } from './live-run.js';

const NAMES = { sgd: 'backprop, SGD', adam: 'backprop, Adam' } as Record<string, string>;
const BAND = [[0, 1]] as const;
const COLOURS = { sgd: 'sgd', adam: 'adam' } as Record<string, string>;
type HeldOutProps = Pick<LiveRun, 'heldOut' | 'baselines' | 'series' | 'version'> & {
  common: Pick<ChartProps, 'xLabel' | 'zoom' | 'group'>;
};

/** Goes as far as the other charts, and so do its baselines. */
export function HeldOutChart({ heldOut, baselines, series, version, common }: HeldOutProps): JSX.Element {
  const { x, lines } = useMemo(() => {
    const scores = new Map(heldOut.map((score) => [score.generation, score]));
    const ends = [series.generations[0], series.generations.at(-1)].filter((end) => end !== undefined);
    const x = [...new Set([...ends, ...scores.keys()])].sort((a, b) => a - b);
    const at = (sign: number): Column =>
      x.map((generation) => {
        const score = scores.get(generation);
        return score ? 100 * (score.accuracy + sign * score.se) : null;
      });
    const rule: Line[] = [
      { key: 'high', colour: 'accent', values: at(1), width: 0 },
      { key: 'low', colour: 'accent', values: at(-1), width: 0 },
      { key: 'rule', label: 'rule', colour: 'accent', values: at(0), markers: heldOut.length < 60 },
    ];
    const others = baselines.map(({ kind, accuracy }) => ({
      key: kind,
      label: NAMES[kind] ?? kind,
      colour: COLOURS[kind] ?? 'muted',
      values: x.map(() => 100 * accuracy),
      dash: true,
      named: true,
    }));
    return { x, lines: [...rule, ...others] };
  }, [heldOut, baselines, series, version]);
  return (
    <Chart
      {...common}
      title="Held-out accuracy"
      note="band: ± 1 standard error"
      unit=" %"
      yLabel="accuracy, %"
      empty="No held-out evaluation yet"
      x={x}
      lines={lines}
      bands={BAND}
    />
  );
}
