// What `npm ci --omit=dev` leaves of a built checkout, without asking a registry: the packages of the lock file that are no
// development dependencies, and of the project itself what the Dockerfile copies. Files are linked, not copied, where that works.

import { cpSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Locked {
  dev?: boolean;
  devOptional?: boolean;
  link?: boolean;
  resolved?: string;
}

/** Makes it in a folder. */
export function installProduction(folder: string): void {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> };
  for (const [path, { dev, devOptional, link, resolved }] of Object.entries(packages)) {
    if (!path.startsWith('node_modules/') || dev || devOptional || !existsSync(join(ROOT, path))) continue;
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    if (link) symlinkSync(join(folder, resolved!), join(folder, path));
    else linkTree(join(ROOT, path), join(folder, path), ['node_modules']); // nested ones have lines of their own
  }
  const copied = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').matchAll(/^COPY --from=build (.*) \S+$/gm);
  const paths = [...copied].flatMap(([, from]) => from!.split(' ')).map((path) => path.replace('/app/', ''));
  for (const path of paths) {
    if (path === 'node_modules') continue;
    if (lstatSync(join(ROOT, path)).isDirectory()) linkTree(join(ROOT, path), join(folder, path), ['node_modules', 'src']);
    else cpSync(join(ROOT, path), join(folder, path));
  }
}

function linkTree(from: string, to: string, except: readonly string[]): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (except.includes(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target, []);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else linkFile(source, target);
  }
}

function linkFile(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    cpSync(source, target); // another file system
  }
}
