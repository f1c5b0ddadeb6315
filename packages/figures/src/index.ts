// PNGs are a module of their own, ./png: what draws them is native, and nothing else may fail where it is missing.
export * from './data.js';
export * from './figure.js';
