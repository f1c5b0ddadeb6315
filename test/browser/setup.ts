// Programs of the system, before the browser tests.
import { findRedis, prepare } from '@metaplast/rig';
import { findChromium } from './chromium.js';

export default (): void => prepare(findRedis, findChromium);
