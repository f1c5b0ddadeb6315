// How busy and how fast the fleet was while somebody looked.

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Chart, type Line, type Zoom } from '../charts/chart.js';
import type { Column } from '../charts/series.js';
import { connection } from '../state/api.js';
import { visible } from '../state/visible.js';
import { EVERY_MS, FleetHistory } from './fleet-history.js';

/** The charts show so much at least. */
const SPAN_MIN = 2;

/** Kept while other pages are shown. */
const history = new FleetHistory();

export function FleetCharts({ utilisation, rate }: { utilisation: number; rate: number }): JSX.Element {
  const newest = useRef({ utilisation, rate });
  newest.current = { utilisation, rate };
  const [version, setVersion] = useState(0);
  const zoom: Zoom = useSignal(undefined);
  useEffect(() => {
    const sample = (): void => {
      // Otherwise what is known is old.
      if (!visible.peek() || connection.peek() !== 'live') return;
      history.add(Date.now(), newest.current.utilisation, newest.current.rate);
      setVersion((n) => n + 1);
    };
    const timer = setInterval(sample, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const charts = useMemo(() => {
    const x = history.at.map((at) => (at - history.at.at(-1)!) / 60_000);
    const line = (label: string, values: Column): Line[] => [{ key: label, label, colour: 'accent', values: [...values], gaps: true }];
    return { x, busy: line('busy', history.utilisation), rate: line('trainings/s', history.rate) };
  }, [version]);
  const common = { x: charts.x, xLabel: 'minutes from now', zoom, group: 'fleet', span: [-SPAN_MIN, 0] as const };
  return (
    <div class="charts two">
      <Chart
        title="Utilisation of the fleet"
        note="while this page is open"
        unit=" %"
        yLabel="busy, %"
        share
        {...common}
        lines={charts.busy}
      />
      <Chart title="Trainings per second" note="of all runs" yLabel="trainings/s" from0 {...common} lines={charts.rate} />
    </div>
  );
}
