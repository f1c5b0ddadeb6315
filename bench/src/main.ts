// `npm run bench [-- NAME]`: one bench, by default the kernel's; each is a module that runs when it is imported.

import { benchCommand } from './command.js';

interface Bench {
  description: string;
  run: () => Promise<unknown>;
}

const BENCHES: Readonly<Record<string, Bench>> = {
  kernel: { description: 'engines and peers on the same inner trainings (default)', run: () => import('./kernel/main.js') },
  whole: { description: 'what is left of the bare kernel’s speed in a whole run', run: () => import('./kernel/whole.js') },
  dispatch: { description: 'what dispatch over Redis costs', run: () => import('./dispatch/main.js') },
  load: { description: 'the HTTP API under load, while runs train', run: () => import('./load/main.js') },
};

const [first = 'kernel'] = process.argv.slice(2);
if (first === '--help' || first === '-h') {
  const program = benchCommand('', 'Ratios against peers on the same work, in one run').usage('[bench] [options]').helpCommand(false);
  for (const [name, { description }] of Object.entries(BENCHES)) program.command(name).description(description).usage(' ');
  program.addHelpText('after', '\nnpm run bench -- NAME --help shows the options of one.').outputHelp();
} else {
  const name = first.startsWith('-') ? 'kernel' : first;
  const bench = BENCHES[name];
  if (bench === undefined) {
    console.error(`there is no bench "${name}": choose one of ${Object.keys(BENCHES).join(', ')}`);
    process.exit(1);
  }
  await bench.run();
}
