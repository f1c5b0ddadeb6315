// Programs that the examples are for. Nothing is skipped for want of one: it is installed, or the test fails with what to do.

import { aptInstall, works } from '@metaplast/rig';

/** A Python that has numpy. */
export function findPython(): string {
  const find = (): string | undefined => ['python3', '/usr/bin/python3'].find((python) => works(python, ['-c', 'import numpy']));
  const there = find();
  if (there) return there;
  aptInstall('python3-numpy');
  const installed = find();
  if (installed) return installed;
  throw new Error('no Python with numpy found: install it (Debian: apt-get install python3-numpy)');
}

export function needCurl(): void {
  if (!works('curl')) aptInstall('curl');
  if (!works('curl')) throw new Error('no curl found: install it (Debian: apt-get install curl)');
}
