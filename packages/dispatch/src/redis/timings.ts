// All times of the protocol, from the one that matters: how long a worker may be silent before its chunks go to another.

export const DEFAULT_LOCK_MS = 10_000;

/** ms, unless said otherwise */
export interface Timings {
  /** BullMQ's lock on a chunk, renewed at half time; a killed worker's chunks come back after 1 to 1.5 times this. */
  lock: number;
  /** Between looks for chunks whose lock has expired. */
  stalled: number;
  /** Between heartbeats. */
  heartbeat: number;
  /** How long a heartbeat counts. */
  heartbeatTtl: number;
  /** A connection that owes an answer for so long is given up and made anew. */
  silence: number;
  /** An idle worker asks again so often, s. */
  drainSeconds: number;
}

export function timings(lockMs: number = DEFAULT_LOCK_MS): Timings {
  if (!(lockMs >= 500 && lockMs <= 600_000)) throw new RangeError(`lock time must be in [500, 600000] ms, was ${lockMs}`);
  return {
    lock: lockMs,
    stalled: lockMs / 2,
    heartbeat: lockMs / 5,
    heartbeatTtl: lockMs,
    silence: 1.5 * lockMs,
    drainSeconds: lockMs / 2000,
  };
}

/** What a run leaves in Redis is gone so many seconds after its coordinator was heard of last. */
export const WORK_TTL_SECONDS = 120;
/** A stream of announcements is gone so many seconds after its coordinator's last heartbeat. */
export const ANNOUNCEMENTS_TTL_SECONDS = 3600;
/** Between looks at works that make no progress, ms. */
export const SWEEP_MS = 500;
/** How often a work's keys are renewed though it makes progress, ms. */
export const RENEW_MS = 20_000;
/** So many times BullMQ gives a job whose worker fell silent to another one; then the job fails, and the sweep adds it anew. */
export const MAX_STALLED = 3;
/** After so many restarts without an end, with all those workers dead, a chunk is blamed for their deaths. */
export const MAX_RESTARTS = 3;
/** After so many restarts without an end a chunk is computed alone, so that it is not blamed for what another one does. */
export const SUSPECT_RESTARTS = 1;
