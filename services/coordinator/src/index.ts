export * from './app.js';
export * from './changes.js';
export * from './config.js';
export * from './coordinator.js';
export * from './main.js';
export type { App, Context } from './types.js';
