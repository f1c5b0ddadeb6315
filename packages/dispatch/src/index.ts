export * from './dispatcher.js';
export * from './fleet.js';
export * from './in-process.js';
export * from './local-fleet.js';
export * from './redis/index.js';
export * from './settings.js';
export * from './sizes.js';
