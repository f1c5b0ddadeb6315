// Makes a checkout ready to run: installs what is missing, builds what is stale. Quick when there is nothing to do.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (modified('package-lock.json') > modified('node_modules/.package-lock.json')) {
  console.log('Installing dependencies (a minute or two the first time) …');
  run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
if (existsSync('node_modules/typescript')) {
  await import('./build-kernel.mjs');
  run(process.execPath, ['node_modules/typescript/bin/tsc', '-b']);
  await import('./build-dashboard.mjs');
  await buildNativeIfPossible();
}

/** The native kernel is worth half a minute where there is a compiler; without it everything works, slower. */
async function buildNativeIfPossible() {
  const { buildNative } = await import('./build-native.mjs');
  await buildNative().catch((error) => console.log(`(no native kernel: ${error.message}; the WebAssembly kernel computes the same bits)`));
}

/** Runs a command that has to succeed; it has said itself what is wrong when it does not. */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error) console.error(`cannot run ${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
