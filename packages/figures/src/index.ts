// PNGs are a module of their own, ./png: what draws them is native, and nothing else may fail where it is missing.
export * from './data.js';
export * from './figure.js';
export * from './frontier.js';
export { type InnerFigure, innerTrainingSvg } from './inner.js';
export * from './meta-training.js';
export * from './paper.js';
export * from './rule.js';
export * from './rule-data.js';
export * from './vega.js';
