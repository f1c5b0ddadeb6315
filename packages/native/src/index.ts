export * from './addon.js';
export * from './load.js';
export * from './native-kernel.js';
