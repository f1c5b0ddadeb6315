// metaplast serve: the HTTP API; computes in this process, or on the workers of a Redis.

import { COORDINATOR_SETTINGS, type CoordinatorConfig, coordinatorConfig, runCoordinator } from '@metaplast/coordinator';
import type { Command } from 'commander';
import { VERSION } from '../version.js';
import { engineOption, logLevelOption, threadsOption } from './options.js';

export function addServe(program: Command): void {
  const variables = Object.values(COORDINATOR_SETTINGS).map(({ env, description }) => `  ${env.padEnd(24)} ${description}`);
  program
    .command('serve')
    .description('serve the HTTP API: submit, monitor and steer runs')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <n>', 'port to listen on (default: 8420)', Number)
    .option('--data <dir>', 'folder of the run store (default: data)')
    .option('--redis <url>', 'compute on the workers that use this Redis (default: in this process)')
    .option('--prefix <prefix>', 'of all keys in Redis (default: metaplast)')
    .addOption(threadsOption())
    .addOption(engineOption())
    .option('--max-runs <n>', 'runs worked on at the same time (default: 4)', Number)
    .addOption(logLevelOption())
    .addHelpText('after', `\nEnvironment, where no option is given:\n${variables.join('\n')}`)
    .action(async (flags: Partial<CoordinatorConfig>) => {
      await runCoordinator(coordinatorConfig(flags), VERSION);
    });
}
