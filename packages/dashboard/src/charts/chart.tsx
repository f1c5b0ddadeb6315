// One chart: uPlot with our colours, a legend that follows the cursor, a zoom that its group shares, and keys.

import type { Signal } from '@preact/signals';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { Icon } from '../components/icon.js';
import { save } from '../download.js';
import { significant } from '../format.js';
import { isDark } from '../state/theme.js';
import { FONT, plot } from './plot.js';
import { picture } from './png.js';
import type { Column } from './series.js';
import { useWatched } from './watched.js';
import { STEP, zoomed } from './zoom.js';

/** Part of the x axis that is shown; undefined is all. */
export type Zoom = Signal<readonly [number, number] | undefined>;

export interface Line {
  key: string;
  /** In the legend; lines without one are helpers, such as the edges of a band. */
  label?: string;
  /** Name of a colour of style/base.css. */
  colour: string;
  values: Column;
  width?: number;
  opacity?: number;
  dash?: boolean;
  /** Its label stands at its end on the chart too. */
  named?: boolean;
  /** Where it has no value there is no line: by default it goes on to the next. */
  gaps?: boolean;
  markers?: boolean;
}

export interface ChartProps {
  title: string;
  /** After values, e.g. "%". */
  unit?: string;
  x: readonly number[];
  /** What x is. */
  xLabel: string;
  /** What y is, and in which unit. */
  yLabel?: string;
  lines: readonly Line[];
  /** Areas between two lines, as indices of the upper and the lower one. */
  bands?: readonly (readonly [number, number])[];
  log?: Signal<boolean>;
  /** Values are percentages of a whole: the axis goes from 0 to 100. */
  share?: boolean;
  /** Values are whole numbers, and so are the axis's. */
  whole?: boolean;
  /** The axis begins at 0. */
  from0?: boolean;
  /** What the x axis shows at least. */
  span?: readonly [number, number];
  zoom: Zoom;
  /** Charts of one group share the cursor. */
  group: string;
  /** What there is to say about it, in a line. */
  note?: string | undefined;
  /** What stands there while no line has a value. */
  empty?: string;
}

const HEIGHT = 204;
/** What a chart in a box of this width is wide, px. */
const roomIn = (width: number): number => Math.max(120, Math.floor(width));

export function Chart(props: ChartProps): JSX.Element {
  const { title, unit = '', x, xLabel, lines, log, span, zoom, note, empty = 'Nothing yet' } = props;
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot | undefined>(undefined);
  const cursor = useSignal<number | null>(null);
  const [focused, setFocused] = useState(false);
  /** Where on the x axis the cursor was when the plot was zoomed by keys, or replaced by another (log axis, theme, other lines). */
  const kept = useRef<number | null>(null);
  const newest = useRef(props);
  newest.current = props;
  const isLog = log?.value ?? false;
  const structure = [isLog, isDark.value, ...lines.map(({ key }) => key)].join(' ');
  const range = zoom.value;

  const { inView, due, width } = useWatched(box);

  useLayoutEffect(() => {
    if (!due) return;
    const made = plot(
      box.current!,
      { width: roomIn(width), height: HEIGHT },
      () => newest.current,
      (index) => {
        cursor.value = index;
      },
    );
    drawn.current = made;
    const observer = new ResizeObserver(([entry]) => {
      const now = roomIn(entry!.contentRect.width);
      if (now !== made.width) made.setSize({ width: now, height: HEIGHT });
    });
    observer.observe(box.current!);
    if (!document.fonts.check(FONT)) void document.fonts.ready.then(() => made.redraw(false, true));
    return () => {
      observer.disconnect();
      kept.current = newest.current.x[cursor.peek() ?? -1] ?? null;
      made.destroy();
      drawn.current = undefined;
    };
  }, [structure, due]);

  useLayoutEffect(() => {
    const u = drawn.current;
    if (!u || !inView) return;
    u.batch(() => {
      u.setData([x as number[], ...lines.map(({ values }) => values)], range === undefined);
      if (range) u.setScale('x', { min: range[0], max: range[1] });
    });
    const back = kept.current;
    kept.current = null;
    const index = back === null ? -1 : x.findIndex((value) => value >= back);
    if (index < 0) return;
    moveCursor(u, u.valToPos(x[index]!, 'x'));
    cursor.value = index;
  }, [structure, due, inView, x, lines, range]);

  const at = cursor.value ?? x.length - 1;
  const onKeyDown = (event: KeyboardEvent): void => {
    const u = drawn.current;
    if (!u || x.length === 0) return;
    if (event.key === 'Escape') {
      zoom.value = undefined;
      return;
    }
    const factor = { '+': 1 / STEP, '=': 1 / STEP, '-': STEP }[event.key];
    if (factor !== undefined && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const all = [Math.min(x[0]!, span?.[0] ?? x[0]!), Math.max(x.at(-1)!, span?.[1] ?? x.at(-1)!)] as const;
      const next = zoomed(range ?? all, all, x[at]!, factor);
      if (next !== range) kept.current = x[at]!;
      zoom.value = next;
      return;
    }
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -x.length, End: x.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const to = Math.min(x.length - 1, Math.max(0, at + step));
    moveCursor(u, u.valToPos(x[to]!, 'x'));
    cursor.value = to;
  };
  const download = async (): Promise<void> => save(await picture(drawn.current!, title, lines), `${title}.png`);

  return (
    <figure class="chart" data-points={x.length} data-last={x.at(-1) ?? ''}>
      <figcaption>
        <h3>{title}</h3>
        {note && <span class="muted note">{note}</span>}
        {log && (
          <button
            type="button"
            class="toggle"
            aria-pressed={isLog}
            aria-label={`log axis of ${title}`}
            onClick={() => {
              log.value = !isLog;
            }}
          >
            log
          </button>
        )}
        <button type="button" class="icon small" aria-label={`${title}: download as PNG`} title="PNG" onClick={() => void download()}>
          <Icon name="download" />
        </button>
      </figcaption>
      <div
        ref={box}
        class="plot"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the cursor, what it is at stands in the legend
        tabIndex={0}
        role="img"
        aria-label={describe(props)}
        onKeyDown={onKeyDown}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
      />
      {lines.every(({ values }) => values.every((value) => value === null)) && <p class="plot-empty muted">{empty}</p>}
      {/* Read out while the keys move the cursor, and not with each generation of a run that trains. */}
      <ul class="legend" aria-live={focused && cursor.value !== null ? 'polite' : 'off'} aria-atomic="true">
        {lines.map(({ key, label, colour, values, dash }) =>
          label === undefined ? null : (
            <li key={key}>
              <span class={`swatch ${dash ? 'dash' : ''}`} style={{ color: `var(--${colour})` }} aria-hidden="true" />
              {label} <b>{format(values[at] ?? lastOf(values, at), unit)}</b>
            </li>
          ),
        )}
        <li class="muted at">{x.length === 0 ? '' : `${xLabel} ${significant(x[at] ?? 0, 7)}`}</li>
      </ul>
    </figure>
  );
}

/** The third argument, which uPlot's types leave out, moves the cursors of the group too. */
function moveCursor(u: uPlot, left: number): void {
  const set = u.setCursor as (at: { left: number; top: number }, fire: boolean, publish: boolean) => void;
  set({ left, top: u.bbox.height / 2 / devicePixelRatio }, true, true);
}

/** The newest value at or before an index: not every line has one everywhere. */
function lastOf(values: Column, at: number): number | null {
  for (let i = Math.min(at, values.length - 1); i >= 0; i--) if (values[i] !== null) return values[i]!;
  return null;
}

const format = (value: number | null | undefined, unit: string): string =>
  value === null || value === undefined ? '–' : `${significant(value)}${unit}`;

/** The chart in words. */
function describe({ title, unit = '', x, xLabel, lines }: ChartProps): string {
  if (x.length === 0) return `${title}: no data yet`;
  const parts = lines.flatMap(({ label, values }) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of values) {
      if (value !== null && value < low) low = value;
      if (value !== null && value > high) high = value;
    }
    if (label === undefined || low > high) return [];
    return [`${label} ${format(lastOf(values, values.length - 1), unit)}, between ${format(low, unit)} and ${format(high, unit)}`];
  });
  return `${title}, ${xLabel} ${x[0]} to ${x.at(-1)}: ${parts.join('; ')}. Arrow keys move the cursor, plus and minus zoom, Escape shows all.`;
}
