export * from './engine.js';
export * from './pool.js';
export * from './wasm-engine.js';
