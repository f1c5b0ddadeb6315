// Programs of the system, before the integration tests.
import { findRedis, prepare } from '@metaplast/rig';
import { findPython, needCurl, needShell } from './programs.js';

export default (): void =>
  prepare(
    findRedis,
    findPython,
    needCurl,
    () => needShell('zsh'),
    () => needShell('fish'),
  );
