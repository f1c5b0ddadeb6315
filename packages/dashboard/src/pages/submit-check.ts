// What the server says of a submission while it is written.

import { ProblemError } from '@metaplast/client';
import type { DryRun, FieldError, NewRun } from '@metaplast/protocol';
import { useEffect, useState } from 'preact/hooks';
import { client, retryMs } from '../state/api.js';
import { messageOf } from '../state/notices.js';
import { visible } from '../state/visible.js';

/** After the last key, ms. */
const CHECK_MS = 300;

export interface Check {
  result?: DryRun;
  errors: readonly FieldError[];
  /** What else keeps the server from saying. */
  trouble?: string;
}

/** Asks when the user pauses, and again while the server is away or busy. */
export function useCheck(body: NewRun, isJson: boolean): Check {
  const [check, setCheck] = useState<Check>({ errors: [] });
  const from = client.value;
  const isVisible = visible.value;
  const wanted = JSON.stringify(body);
  useEffect(() => {
    if (!isJson) return setCheck({ errors: [] });
    if (!isVisible) return;
    let over = false;
    const ask = async (): Promise<void> => {
      try {
        const result = await from.dryRun(JSON.parse(wanted) as NewRun);
        if (!over) setCheck({ result, errors: [] });
      } catch (error) {
        if (over) return;
        const errors = error instanceof ProblemError ? error.errors : [];
        setCheck({ errors, ...(errors.length === 0 ? { trouble: messageOf(error) } : {}) });
        const wait = retryMs(error);
        if (wait !== undefined) timer = setTimeout(() => void ask(), wait);
      }
    };
    let timer = setTimeout(() => void ask(), CHECK_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [from, wanted, isJson, isVisible]);
  return check;
}
