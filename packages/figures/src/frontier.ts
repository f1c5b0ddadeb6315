// The frontier: what runs win on the family that they train on against what they win on families that they never meet, checkpoint by
// checkpoint, both as differences to a tuned baseline. A panel a family, a line a run.

import { axes, type Panel, panel } from './axes.js';
import { BODY_Y, svgDocument } from './document.js';
import { heading, polyline, reference } from './lines.js';
import { familyName, INK, SIZE } from './style.js';
import { at, element, text } from './svg.js';

export interface FrontierFigure {
  title: string;
  subtitle: string;
  /** The first is the one that was trained on. */
  families: readonly string[];
  runs: readonly FrontierRun[];
}

export interface FrontierRun {
  name: string;
  /** In order; `differences` are accuracies of the rule minus the baseline's, a family. */
  checkpoints: readonly { generation: number; differences: readonly number[] }[];
}

const WIDTH = 400;
const HEIGHT = 240;
const X = 74;
const COLUMN = WIDTH + 70;
const ROW = HEIGHT + 96;
/** Radius of a run's last checkpoint, with room for a name of a digit or two. */
const END = 8;

/** Okabe and Ito's, which stay apart for colour-blind readers; they come round after six runs. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#a07a12', '#4a4e57'] as const;
const colour = (run: number): string => COLOURS[run % COLOURS.length]!;

/** A stand-alone SVG document; axes in points of accuracy. */
export function frontierSvg({ title, subtitle, families, runs }: FrontierFigure): string {
  const inPoints = runs.map(({ name, checkpoints }) => ({ name, path: checkpoints.map((c) => c.differences.map((d) => 100 * d)) }));
  const range = (family: number): [number, number] => {
    const values = inPoints.flatMap(({ path }) => path.map((differences) => differences[family]!));
    return [Math.floor(Math.min(0, ...values)), Math.ceil(Math.max(0, ...values))];
  };
  const others = families.slice(1);
  const lowest = Math.min(...others.map((_, i) => range(i + 1)[0]));
  const highest = Math.max(...others.map((_, i) => range(i + 1)[1]));
  const trained = familyName(families[0]!);
  const panels = others.map((family, i) => {
    const plot = panel(WIDTH, HEIGHT, range(0), [lowest, highest]);
    const place = { x: (i % 2) * COLUMN, y: Math.floor(i / 2) * ROW };
    const paths = inPoints.map(({ name, path }, run) =>
      trace(
        plot,
        name,
        path.map((d) => [d[0]!, d[i + 1]!]),
        colour(run),
      ),
    );
    const frame = axes(
      plot,
      (value) => (value > 0 ? `+${value}` : String(value).replace('-', '−')),
      `points over the baseline on ${trained}`,
    );
    return at(place.x, place.y, heading(familyName(family)), frame, reference(plot, 0, INK.axis), ...paths);
  });
  const height = BODY_Y + Math.ceil(others.length / 2) * ROW;
  return svgDocument(X + 2 * COLUMN, height, title, subtitle, at(X, BODY_Y, ...panels));
}

/** A run's way, thin, with a dot a checkpoint; its end is large, and holds the run's name. */
function trace(plot: Panel, name: string, way: readonly (readonly [number, number])[], stroke: string): string {
  const dot = (r: number) => (p: readonly [number, number]) => element('circle', { cx: plot.x(p[0]), cy: plot.y(p[1]), r, fill: stroke });
  const end = way.at(-1)!;
  return [
    polyline(plot, way, { stroke, 'stroke-width': '1.4', 'stroke-opacity': '0.6' }),
    ...way.slice(0, -1).map(dot(1.8)),
    dot(END)(end),
    text(plot.x(end[0]), plot.y(end[1]) + 4, name, {
      'font-size': SIZE.tick,
      'font-weight': '600',
      fill: INK.paper,
      'text-anchor': 'middle',
    }),
  ].join('');
}
