export * from './artifacts/theta.js';
