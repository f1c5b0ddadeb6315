// The run's curves, live, with one zoom and one cursor for all of them.

import type { Run } from '@metaplast/protocol';
import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { Chart, type Line, type Zoom } from '../../charts/chart.js';
import { type Column, Series, smooth } from '../../charts/series.js';
import { Icon } from '../../components/icon.js';
import { Loading } from '../../components/trouble.js';
import { whole } from '../../format.js';
import { client } from '../../state/api.js';
import { CsvButton } from './csv-button.js';
import { HeldOutChart } from './held-out.js';
import type { LiveRun } from './live-run.js';

/** Points that a zoomed part is asked for with. */
const DETAIL = 2000;

export function Curves(props: LiveRun & { run: Run }): JSX.Element {
  const { run, series, loaded } = props;
  const zoom: Zoom = useSignal(undefined);
  const [smoothing, setSmoothing] = useState(0);
  const detail = useDetail(run.id, series, zoom);
  const from = detail ?? series;
  const stride = from.stride > 1 ? `every ${whole(from.stride)} generations` : '';
  return (
    <>
      <div class="toolbar">
        <label>
          Smoothing
          <input
            type="range"
            min={0}
            max={0.98}
            step={0.02}
            value={smoothing}
            onInput={({ currentTarget }) => setSmoothing(currentTarget.valueAsNumber)}
          />
          <span class="number">{smoothing.toFixed(2)}</span>
        </label>
        <span class="muted hint">
          {zoom.value ? `generations ${zoom.value.map((edge) => whole(edge)).join(' to ')}` : 'Drag over a chart to zoom'}
        </span>
        {zoom.value && (
          <button
            type="button"
            onClick={() => {
              zoom.value = undefined;
            }}
          >
            <Icon name="reset" />
            Show all
          </button>
        )}
        {stride !== '' && <span class="muted">{stride}</span>}
        <span class="grow" />
        <CsvButton run={run} last={series.last} />
      </div>
      {loaded ? (
        <Charts {...props} series={from} span={[series.generations[0] ?? 0, series.last]} zoom={zoom} smoothing={smoothing} />
      ) : (
        <Loading what="curves" />
      )}
    </>
  );
}

interface ChartsProps extends LiveRun {
  run: Run;
  /** All generations, while `series` may be of some. */
  span: readonly [number, number];
  zoom: Zoom;
  smoothing: number;
}

function Charts({ run, series, heldOut, baselines, version, span, zoom, smoothing }: ChartsProps): JSX.Element {
  const logs = {
    loss: useSignal(false),
    gradient: useSignal(false),
    steps: useSignal(false),
    norms: useSignal(true),
    rate: useSignal(false),
  };
  const group = `run-${run.id}`;
  const x = useMemo(() => [...series.generations], [series, version]);
  const common = { x, xLabel: 'generation', span, zoom, group };
  const lines = useLines(series, version, smoothing, logs.loss.value);
  return (
    <div class="charts">
      <Chart title="Meta-loss" note="band: ± 1 sd of the members" yLabel="nats" {...common} {...lines.loss} log={logs.loss} />
      <HeldOutChart {...{ heldOut, baselines, series, version }} common={common} />
      <Chart title="Gradient norm" note="in units of the shaping" yLabel="norm" {...common} lines={lines.gradient} log={logs.gradient} />
      <Chart title="Signal to noise" note="of the loss differences; 1 is pure noise" yLabel="ratio" {...common} lines={lines.signal} />
      <Chart title="σ and learning rate" yLabel="in units of θ" {...common} lines={lines.steps} log={logs.steps} />
      <Chart title="θ and its updates" yLabel="norm" {...common} lines={lines.norms} log={logs.norms} />
      <Chart title="Diverged trainings" yLabel="a generation" whole {...common} lines={lines.diverged} />
      <Chart title="Trainings per second" yLabel="trainings/s" {...common} lines={lines.rate} log={logs.rate} />
      <Chart title="Utilisation" note="of the threads that compute" unit=" %" yLabel="busy, %" share {...common} lines={lines.busy} />
    </div>
  );
}

function useLines(series: Series, version: number, smoothing: number, isLog: boolean) {
  return useMemo(() => {
    const line = (name: string, label: string, colour: string): Line[] => smoothed(name, label, colour, series.column(name), smoothing);
    const mean = series.column('meanLoss');
    const deviation = series.column('lossDeviation');
    // No loss is below 0, and a logarithmic axis is not to be stretched by a wide band.
    const edge = (sign: number): Column =>
      mean.map((value, i) => (value === null ? null : Math.max(value + sign * (deviation[i] ?? 0), isLog ? value / 10 : 0)));
    const helper = (key: string, values: Column): Line => ({ key, colour: 'accent', values, width: 0 });
    return {
      loss: {
        lines: [helper('high', edge(1)), helper('low', edge(-1)), ...line('meanLoss', 'mean', 'accent')],
        bands: [[0, 1]] as const,
      },
      gradient: line('gradientNorm', '|gradient|', 'accent'),
      signal: line('signalToNoise', 'signal to noise', 'accent'),
      steps: [...line('sigma', 'σ', 'accent'), ...line('learningRate', 'learning rate', 'sgd')],
      norms: [...line('thetaNorm', '|θ|', 'accent'), ...line('updateNorm', '|update|', 'sgd')],
      diverged: [...line('nonFiniteLosses', 'not finite', 'bad'), ...line('cappedLosses', 'at the cap', 'adam')],
      rate: line('trainingsPerSecond', 'trainings/s', 'accent'),
      busy: smoothed('utilisation', 'busy', 'accent', share(series.column('utilisation')), smoothing),
    };
  }, [series, version, smoothing, isLog]);
}

/** What was measured stays visible behind its smoothed line. */
function smoothed(key: string, label: string, colour: string, values: Column, weight: number): Line[] {
  if (weight === 0) return [{ key, label, colour, values }];
  return [
    { key: `${key}-raw`, colour, values, opacity: 0.28, width: 1 },
    { key, label, colour, values: smooth(values, weight) },
  ];
}

const share = (values: Column): Column => values.map((value) => (value === null ? null : 100 * value));

/** The zoomed part, asked for again if it was thinned out. */
function useDetail(id: string, series: Series, zoom: Signal<readonly [number, number] | undefined>): Series | undefined {
  const [detail, setDetail] = useState<Series>();
  const range = zoom.value;
  useEffect(() => {
    setDetail(undefined);
    if (!range || series.stride === 1) return;
    let over = false;
    const [first, last] = [Math.max(0, Math.floor(range[0])), Math.ceil(range[1])];
    const points = Math.min(10_000, Math.max(2, Math.ceil((DETAIL * (series.last - first)) / (last - first + 1))));
    void client
      .peek()
      .metrics(id, { since: first, points })
      .then(
        (answer) => {
          if (over) return;
          const part = new Series();
          part.add(
            answer.points.filter(({ generation }) => generation <= last),
            answer.stride,
          );
          setDetail(part);
        },
        () => {},
      );
    return () => {
      over = true;
    };
  }, [id, series, range]);
  return range ? detail : undefined;
}
