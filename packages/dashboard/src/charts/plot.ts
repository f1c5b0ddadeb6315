// uPlot set up for one chart. Zooming and the cursor go through the chart, so that a group moves together.

import uPlot from 'uplot';
import { significant } from '../format.js';
import { colour } from '../state/theme.js';
import type { ChartProps } from './chart.js';

const FONT = '11px Inter, system-ui, sans-serif';
/** Selections that are narrower were meant as clicks, px. */
const CLICK_PX = 5;

/** Draws what `current` says; `onCursor` hears the index of the point under the cursor, or null. */
export function plot(box: HTMLElement, height: number, current: () => ChartProps, onCursor: (index: number | null) => void): uPlot {
  const { x, lines, bands = [], log, group, zoom, share } = current();
  const grid = { stroke: colour('grid'), width: 1 };
  const axis: uPlot.Axis = { stroke: colour('muted'), font: FONT, grid, ticks: { show: false } };
  const options: uPlot.Options = {
    width: Math.max(120, box.clientWidth),
    height,
    legend: { show: false },
    padding: [8, 10, 0, 0],
    scales: {
      x: {
        time: false,
        range: (_u, min, max) =>
          (zoom.peek() as [number, number] | undefined) ?? [min ?? 0, (max ?? 0) > (min ?? 0) ? max! : (min ?? 0) + 1],
      },
      y: log?.peek() ? { distr: 3 } : share ? { range: [0, 100] } : {},
    },
    axes: [
      { ...axis, size: 28, space: 60, values: (_u, ticks) => ticks.map((tick) => significant(tick, 7)) },
      { ...axis, size: 44, space: 32, values: (_u, ticks) => ticks.map((tick) => (tick === null ? '' : significant(tick))) },
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

function series({ label = '', colour: name, width = 1.6, opacity = 1, dash, markers }: ChartProps['lines'][number]): uPlot.Series {
  const stroke = faded(colour(name), opacity);
  return {
    label,
    stroke,
    width,
    spanGaps: true,
    points: { show: markers ?? false, size: 5, fill: stroke, stroke },
    ...(dash ? { dash: [5, 4] } : {}),
  };
}

/** `hex` is #rrggbb. */
const faded = (hex: string, opacity: number): string => {
  const byte = Math.round(255 * opacity).toString(16);
  return opacity >= 1 ? hex : `${hex}${byte.padStart(2, '0')}`;
};
