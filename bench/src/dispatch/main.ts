// `npm run bench -- dispatch [PART …] [--minutes N]`: what dispatch over Redis costs. Parts: overhead, efficiency, scale, memory;
// by default all. Each writes its part of bench/results/dispatch.json.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { killAll, RedisServer } from '@metaplast/rig';
import { benchEfficiency } from './efficiency.js';
import { benchMemory } from './memory.js';
import { redisVersion } from './meter.js';
import { benchOverhead } from './overhead.js';
import { benchScale } from './scale.js';

const log = (line: string): void => console.log(line);
const { values, positionals } = parseArgs({
  args: process.argv.slice(3),
  options: { minutes: { type: 'string', default: '10' } },
  allowPositionals: true,
});
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 1440)) throw new RangeError(`--minutes must be in (0, 1440], was ${values.minutes}`);

const PARTS: Readonly<Record<string, () => Promise<unknown>>> = {
  overhead: () => benchOverhead(log),
  efficiency: () => benchEfficiency(log),
  scale: () => benchScale(log),
  memory: () => benchMemory(minutes, log),
};
const parts = positionals.length > 0 ? positionals : Object.keys(PARTS);
for (const part of parts)
  if (PARTS[part] === undefined) throw new RangeError(`there is no part "${part}": ${Object.keys(PARTS).join(', ')}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)); // and its processes with it
const folder = new URL('../../results/', import.meta.url);
const file = new URL('dispatch.json', folder);
mkdirSync(folder, { recursive: true });
const redis = await RedisServer.start();
const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version, redis: await redisVersion(redis) };
await redis.end();
try {
  for (const part of parts) {
    const load = loadavg()[0];
    const result = await PARTS[part]!();
    const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
    // The load at its start: other programs make a part slower than it is.
    writeFileSync(file, `${JSON.stringify({ ...before, machine, [part]: { load, result } }, null, 2)}\n`);
  }
} finally {
  await killAll();
}
process.exit(0);
