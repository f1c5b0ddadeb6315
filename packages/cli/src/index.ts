export * from './artifacts/theta.js';
export * from './figure/data.js';
export * from './figure/figure.js';
export * from './figure/png.js';
