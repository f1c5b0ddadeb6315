export * from './client.js';
export * from './events.js';
export * from './key.js';
export * from './problem.js';
