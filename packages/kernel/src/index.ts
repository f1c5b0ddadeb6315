export * from './config.js';
export * from './identity.js';
export * from './kernel.js';
export * from './math.js';
export * from './random.js';
export * from './trainer.js';
