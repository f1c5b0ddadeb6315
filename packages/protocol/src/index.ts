export * from './spec.js';
export * from './validate.js';
export * from './work.js';
