export * from './api/problem.js';
export * from './api/runs.js';
export * from './api/service.js';
export * from './spec.js';
export * from './stages.js';
export * from './validate.js';
export * from './work.js';
