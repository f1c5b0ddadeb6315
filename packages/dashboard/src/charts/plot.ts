// uPlot set up for one chart. Zooming and the cursor go through the chart, so that a group moves together.

import uPlot from 'uplot';
import { significant } from '../format.js';
import { colour } from '../state/theme.js';
import type { ChartProps } from './chart.js';
import { nameLines } from './names.js';

export const FONT = '11px Inter, system-ui, sans-serif';
/** A logarithmic axis with more lines than these has those of whole powers of ten only. */
const MOST_LINES = 20;
const WHOLE_STEPS = [1, 10, 100, 1000, 1e4, 1e5, 1e6].flatMap((size) => [size, 2 * size, 5 * size]);
/** Selections that are narrower were meant as clicks, px. */
const CLICK_PX = 5;

/** Draws what `current` says; `onCursor` hears the index of the point under the cursor, or null. */
export function plot(
  box: HTMLElement,
  size: { width: number; height: number },
  current: () => ChartProps,
  onCursor: (index: number | null) => void,
): uPlot {
  const { x, xLabel, yLabel, lines, bands = [], log, group, zoom, share, whole, from0, span } = current();
  const grid = { stroke: colour('grid'), width: 1 };
  const axis: uPlot.Axis = { stroke: colour('muted'), font: FONT, grid, ticks: { show: false } };
  const options: uPlot.Options = {
    ...size,
    legend: { show: false },
    padding: [8, 10, 0, 0],
    scales: {
      x: {
        time: false,
        range: (_u, min, max) => {
          const shown = zoom.peek();
          if (shown) return [...shown];
          const [low, high] = [Math.min(min ?? 0, span?.[0] ?? Number.POSITIVE_INFINITY), Math.max(max ?? 0, span?.[1] ?? min ?? 0)];
          return [low, high > low ? high : low + 1];
        },
      },
      y: log?.peek() ? { distr: 3 } : share ? { range: [0, 100] } : from0 ? { range: { min: { hard: 0, soft: 0, mode: 1 }, max: {} } } : {},
    },
    axes: [
      { ...axis, ...named(xLabel), size: 26, space: 60, values: (_u, ticks) => ticks.map((tick) => significant(tick, 7)) },
      {
        ...axis,
        ...named(yLabel),
        size: 44,
        space: 32,
        values: (_u, ticks) => ticks.map((tick) => (tick === null ? '' : significant(tick))),
        ...(whole ? { incrs: WHOLE_STEPS } : {}),
        grid: log?.peek() ? { ...grid, filter: (_u, ticks) => (ticks.length > MOST_LINES ? ticks.map(ifPowerOfTen) : ticks) } : grid,
      },
    ],
    series: [{}, ...lines.map((line) => series(line))],
    bands: bands.map(([high, low]) => ({ series: [high + 1, low + 1], fill: faded(colour(lines[high]!.colour), 0.16) })),
    cursor: {
      sync: { key: group, filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' } },
      drag: { x: true, y: false, setScale: false },
      points: { size: 7, width: 1.5 },
      bind: {
        dblclick: () => () => {
          zoom.value = undefined;
          return null;
        },
      },
    },
    hooks: {
      setCursor: [(u) => onCursor(u.cursor.idx ?? null)],
      draw: [(u) => nameLines(u, current().lines)],
      setSelect: [
        (u) => {
          const { left, width } = u.select;
          if (width >= CLICK_PX) zoom.value = [u.posToVal(left, 'x'), u.posToVal(left + width, 'x')];
          if (width > 0) u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
  return new uPlot(options, [x as number[], ...lines.map(({ values }) => values)], box);
}

function series({ label = '', colour: name, width = 1.6, opacity = 1, dash, gaps, markers }: ChartProps['lines'][number]): uPlot.Series {
  const stroke = faded(colour(name), opacity);
  return {
    label,
    stroke,
    width,
    spanGaps: !gaps,
    points: { show: markers ?? false, size: 5, fill: stroke, stroke },
    ...(dash ? { dash: [5, 4] } : {}),
  };
}

const named = (label: string | undefined): uPlot.Axis =>
  label === undefined ? {} : { label, labelFont: FONT, labelSize: 15, labelGap: 0 };

const ifPowerOfTen = (value: number | null): number | null => (value !== null && Number.isInteger(Math.log10(value)) ? value : null);

/** `hex` is #rrggbb. */
const faded = (hex: string, opacity: number): string => {
  const byte = Math.round(255 * opacity).toString(16);
  return opacity >= 1 ? hex : `${hex}${byte.padStart(2, '0')}`;
};
