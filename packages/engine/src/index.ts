export * from './choose.js';
export * from './engine.js';
export * from './kernel-engine.js';
export * from './parcel.js';
export * from './pool.js';
export * from './tfjs/backend.js';
