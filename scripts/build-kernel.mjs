// Compiles the AssemblyScript kernel and embeds it: packages/kernel/src/module.generated.ts. Skipped when nothing changed.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../packages/kernel/', import.meta.url));
const generated = `${folder}src/module.generated.ts`;
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = [...readdirSync(`${folder}assembly`).map((name) => `assembly/${name}`), 'asconfig.json'].map((name) => folder + name);

if (Math.max(...sources.map(modified)) > modified(generated)) {
  const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');
  execFileSync(process.execPath, [asc, '--config', 'asconfig.json', '--target', 'release'], { cwd: folder, stdio: 'inherit' });
  const base64 = readFileSync(`${folder}dist/kernel.wasm`).toString('base64');
  writeFileSync(generated, `// Made by scripts/build-kernel.mjs from assembly/*.ts.\nexport const WASM_BASE64 =\n  '${base64}';\n`);
}
