// A button that gives all metrics of a run as a file: every generation, none thinned out, as the event stream has them.

import type { Run } from '@metaplast/protocol';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Point } from '../../charts/series.js';
import { Icon } from '../../components/icon.js';
import { csv, save } from '../../download.js';
import { percent } from '../../format.js';
import { client } from '../../state/api.js';
import { attempt } from '../../state/notices.js';

/** `last` is the newest generation that is known, or -1. */
export function CsvButton({ run, last }: { run: Run; last: number }): JSX.Element {
  /** How far it is, a share of 1. */
  const [progress, setProgress] = useState<number>();
  const start = async (): Promise<void> => {
    setProgress(0);
    await attempt(() => download(run, last, setProgress));
    setProgress(undefined);
  };
  return (
    <button type="button" onClick={() => void start()} disabled={last < 0 || progress !== undefined} title="Every generation, all metrics">
      <Icon name="download" />
      {progress === undefined ? 'CSV' : `${percent(progress, 0)} %`}
    </button>
  );
}

/** Between two reports of progress, generations. */
const STEP = 2000;

async function download({ id, name }: Run, last: number, onProgress: (share: number) => void): Promise<void> {
  const rows: Point[] = [];
  const columns = new Set(['generation']);
  for await (const { event, data } of client.peek().events(id, { since: 0 })) {
    if (event === 'end') break;
    if (event !== 'generation') continue;
    // Not every generation has to have the same metrics: those of an older version may have fewer.
    for (const key in data) columns.add(key);
    if (rows.push(data) % STEP === 0) onProgress(data.generation / last);
    if (data.generation >= last) break;
  }
  const header = [...columns];
  save(
    csv(
      header,
      rows.map((row) => header.map((key) => row[key] as number)),
    ),
    `${name}-${id}-metrics.csv`,
  );
}
