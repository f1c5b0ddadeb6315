// Programs that the examples are for. Nothing is skipped for want of one: it is installed, or the test fails with what to do.

import { findOrInstall, works } from '@metaplast/rig';

/** A Python that has numpy. */
export function findPython(): string {
  const find = (): string | undefined => ['python3', '/usr/bin/python3'].find((python) => works(python, ['-c', 'import numpy']));
  const python = findOrInstall(find, 'python3-numpy');
  if (python) return python;
  throw new Error('no Python with numpy found: install it (Debian: apt-get install python3-numpy)');
}

export function needCurl(): void {
  if (!findOrInstall(() => (works('curl') ? 'curl' : undefined), 'curl'))
    throw new Error('no curl found: install it (Debian: apt-get install curl)');
}

/** One of the shells that completion is for. */
export function needShell(name: string): void {
  if (!findOrInstall(() => (works(name) ? name : undefined), name))
    throw new Error(`no ${name} found: install it (Debian: apt-get install ${name})`);
}
