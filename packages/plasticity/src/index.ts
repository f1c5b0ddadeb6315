export * from './compile.js';
export * from './families.js';
