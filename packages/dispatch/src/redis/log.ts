// What dispatcher and worker have to say, for whatever logger the process has.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Fields are flat and never hold secrets. */
export type Log = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void;

export const silent: Log = () => {};

/** Passes a message on when it is new or the last time is `everyMs` ago. */
export function throttled(log: Log, everyMs: number): Log {
  const last = new Map<string, number>();
  return (level, message, fields) => {
    const now = performance.now();
    if (now - (last.get(message) ?? Number.NEGATIVE_INFINITY) < everyMs) return;
    if (last.size > 100) last.clear();
    last.set(message, now);
    log(level, message, fields);
  };
}
