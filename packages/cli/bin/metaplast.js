#!/usr/bin/env node
// The installed command. It stands apart from dist/ because npm links it when dependencies are installed, before anything is built.

import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  process.stderr.write('metaplast: it is not built yet: run npm run build\n');
  process.exitCode = 2;
}
