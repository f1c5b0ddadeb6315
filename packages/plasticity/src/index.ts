export * from './baselines/backprop.js';
export * from './baselines/supervised.js';
export * from './compile.js';
export * from './families.js';
