// `npm run bench -- dispatch [PART …]`: what dispatch over Redis costs. Writes bench/results/dispatch.json.

import { benchOverhead } from './overhead.js';

const log = (line: string): void => console.log(line);
log(JSON.stringify((await benchOverhead(log)).length));
process.exit(0);
