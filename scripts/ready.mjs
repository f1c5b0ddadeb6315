// Makes a checkout ready to run: installs what is missing, builds what is stale. Quick when there is nothing to do.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (modified('package-lock.json') > modified('node_modules/.package-lock.json')) {
  console.log('Installing dependencies (a minute or two the first time) …');
  execFileSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: 'inherit' });
}
if (existsSync('node_modules/typescript')) {
  await import('./build-kernel.mjs');
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], { stdio: 'inherit' });
  await buildNativeIfPossible();
}

/** The native kernel is worth half a minute where there is a compiler; without it everything works, slower. */
async function buildNativeIfPossible() {
  const { buildNative } = await import('./build-native.mjs');
  await buildNative().catch((error) => console.log(`(no native kernel: ${error.message}; the WebAssembly kernel computes the same bits)`));
}
