// Environment of a process whose memory is measured: see collect.ts.

export const COLLECTING = { NODE_OPTIONS: `--import ${new URL('./collect.js', import.meta.url).href}` };
