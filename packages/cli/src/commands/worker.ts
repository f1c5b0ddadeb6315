// metaplast worker: computes chunks for whatever coordinators use the same Redis.

import { runWorker, WORKER_SETTINGS, type WorkerConfig, workerConfig } from '@metaplast/worker';
import type { Command } from 'commander';
import { VERSION } from '../version.js';
import { engineOption, logLevelOption, threadsOption } from './options.js';

export function addWorker(program: Command): void {
  const variables = Object.values(WORKER_SETTINGS).map(({ env, description }) => `  ${env.padEnd(24)} ${description}`);
  program
    .command('worker')
    .description('compute for the coordinators that use the same Redis (metaplast train --redis, metaplast serve)')
    .option('--redis <url>', 'redis://[user:password@]host[:port][/database]')
    .addOption(threadsOption())
    .addOption(engineOption())
    .option('--name <name>', 'how logs and lists call this worker (default: the host)')
    .option('--prefix <prefix>', 'of all keys in Redis (default: metaplast)')
    .option('--grace-ms <ms>', 'time to finish chunks after SIGTERM', Number)
    .option('--lock-ms <ms>', 'silence after which chunks go to another worker', Number)
    .option('--health-host <address>', 'address of /healthz and /readyz (default: 127.0.0.1)')
    .option('--health-port <n>', 'port of /healthz and /readyz (default: none)', Number)
    .addOption(logLevelOption())
    .addHelpText('after', `\nEnvironment, where no option is given:\n${variables.join('\n')}`)
    .action(async (flags: Partial<WorkerConfig>) => {
      await runWorker(workerConfig(flags), VERSION);
    });
}
