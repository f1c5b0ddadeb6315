// `npm run bench [-- NAME]`: one bench, by default the kernel's; each is a module that runs when it is imported.

const BENCHES: Readonly<Record<string, () => Promise<unknown>>> = {
  kernel: () => import('./kernel/main.js'),
  whole: () => import('./kernel/whole.js'),
  dispatch: () => import('./dispatch/main.js'),
  load: () => import('./load/main.js'),
};

const [first = 'kernel'] = process.argv.slice(2);
const name = first.startsWith('--') ? 'kernel' : first;
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`there is no bench "${name}": choose one of ${Object.keys(BENCHES).join(', ')}`);
  process.exit(1);
}
await bench();
