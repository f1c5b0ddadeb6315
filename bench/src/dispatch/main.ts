// `npm run bench -- dispatch [PART …] [--minutes N]`: what dispatch over Redis costs. Parts: overhead, efficiency, scale, memory;
// by default all. Each writes its part of bench/results/dispatch.json.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { killAll, RedisServer } from '@metaplast/rig';
import { Argument } from 'commander';
import { benchCommand, number } from '../command.js';
import { benchEfficiency } from './efficiency.js';
import { benchMemory } from './memory.js';
import { redisVersion } from './meter.js';
import { benchOverhead } from './overhead.js';
import { benchScale } from './scale.js';

const log = (line: string): void => console.log(line);
const PARTS: Readonly<Record<string, (minutes: number) => Promise<unknown>>> = {
  overhead: () => benchOverhead(log),
  efficiency: () => benchEfficiency(log),
  scale: () => benchScale(log),
  memory: (minutes) => benchMemory(minutes, log),
};
const NAMES = Object.keys(PARTS);
const command = benchCommand('dispatch', 'What dispatch over Redis costs; each part writes its part of bench/results/dispatch.json')
  .addArgument(new Argument('[parts...]', 'what to measure').choices(NAMES).default(NAMES, 'all'))
  .option('--minutes <n>', 'that memory is watched', number(0.1, 1440), 10)
  .parse(process.argv.slice(3), { from: 'user' });
const [parts] = command.processedArgs as [string[]];
const { minutes } = command.opts<{ minutes: number }>();

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)); // and its processes with it
const folder = new URL('../../results/', import.meta.url);
const file = new URL('dispatch.json', folder);
mkdirSync(folder, { recursive: true });
const redis = await RedisServer.start();
const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version, redis: await redisVersion(redis) };
await redis.end();
try {
  for (const part of parts) {
    const load = loadavg()[0]; // other programs make a part slower than it is
    const result = await PARTS[part]!(minutes);
    const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
    const made = { date: new Date().toISOString().slice(0, 10), machine, load };
    writeFileSync(file, `${JSON.stringify({ ...before, [part]: { ...made, result } }, null, 2)}\n`);
  }
} finally {
  await killAll();
}
process.exit(0);
