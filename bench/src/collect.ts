// Preloaded by the processes whose memory is measured: collects garbage every few seconds, so that what grows is what is kept.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

const EVERY_MS = 5000;

if (isMainThread) {
  setFlagsFromString('--expose-gc');
  setInterval(runInNewContext('gc') as () => void, EVERY_MS).unref();
}
