// What coordinators and workers over Redis are made of.

export type { RedisFacts } from './check.js';
export { checkUrl, redactUrl } from './connect.js';
export * from './dispatcher.js';
export * from './errors.js';
export * from './fleet.js';
export * from './identity.js';
export { DEFAULT_PREFIX, queueName } from './keys.js';
export * from './log.js';
export type { WorkerInfo } from './presence.js';
export type { CoordinatorBeat, Member, WorkerBeat } from './registry.js';
export { DEFAULT_LOCK_MS } from './timings.js';
export * from './worker.js';
