// Bundles the dashboard's page into packages/dashboard/dist/page. Skipped when nothing it is made of changed.
import { copyFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../packages/', import.meta.url));
const folder = join(packages, 'dashboard');
const out = join(folder, 'dist', 'page');
const stamp = join(folder, 'dist', 'built');
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const filesIn = (path) => readdirSync(path, { recursive: true }).map((name) => join(path, name));
const sources = [
  fileURLToPath(import.meta.url),
  join(folder, 'package.json'),
  ...['src', 'page'].flatMap((name) => filesIn(join(folder, name))),
  ...['client', 'protocol'].flatMap((name) => filesIn(join(packages, name, 'dist'))),
];

if (Math.max(...sources.map(modified)) > modified(stamp)) {
  const require = createRequire(join(folder, 'package.json'));
  const inter = dirname(require.resolve('@fontsource-variable/inter/package.json'));
  mkdirSync(out, { recursive: true });
  for (const name of readdirSync(join(folder, 'page'))) copyFileSync(join(folder, 'page', name), join(out, name));
  for (const part of ['latin', 'greek'])
    copyFileSync(join(inter, `files/inter-${part}-wght-normal.woff2`), join(out, `inter-${part}.woff2`));
  copyFileSync(join(inter, 'LICENSE'), join(out, 'inter-license.txt'));
  await require('esbuild').build({
    entryPoints: ['main.tsx', 'style/index.css'].map((name) => ({ in: join(folder, 'src', name), out: 'app' })),
    outdir: out,
    bundle: true,
    minify: true,
    sourcemap: 'linked',
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    external: ['*.woff2'],
    logLevel: 'warning',
  });
  writeFileSync(stamp, '');
}
