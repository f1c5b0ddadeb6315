// Our own engines as contenders: node own.js NAME, see peers/peer.py for what is said. Names: wasm, native-LANES, limit-LANES, tfjs,
// plain, reference.

import { createInterface } from 'node:readline';
import { WasmEngine } from '@metaplast/engine';
import { DOMAIN, type InnerTrainer, type KernelConfig, perturbation } from '@metaplast/kernel';
import { type Lanes, loadAddon, NativeKernel } from '@metaplast/native';
import { kernelConfig, referencePairLosses } from '@metaplast/plasticity';
import { type RunSpec, resolveSpec } from '@metaplast/protocol';
import type { Setup } from './contender.js';
import { plainPairLosses } from './plain.js';

/** Losses of pairs `first` .. `first + count - 1`. */
type Run = (first: number, count: number) => ArrayLike<number>;

const [kind = '', lanes] = process.argv[2]!.split('-');

async function prepare(spec: RunSpec, theta: Float32Array, sigma: number): Promise<Run> {
  const config = kernelConfig(spec);
  const work = { kind: 'generation', spec, generation: 0, sigma, theta } as const;
  const each = (pairLosses: (config: KernelConfig, seed: number, pair: number) => [number, number]): Run => {
    return (first, count) => Array.from({ length: count }, (_, i) => pairLosses(config, spec.seed, first + i)).flat();
  };
  if (kind === 'wasm') {
    const engine = new WasmEngine();
    return (first, count) => engine.evaluate({ work, first, count });
  }
  if (kind === 'tfjs') {
    const { TfjsEngine } = await import('@metaplast/engine/tfjs');
    const engine = await TfjsEngine.start();
    return (first, count) => engine.evaluate({ work, first, count });
  }
  if (kind === 'native' || kind === 'limit') {
    const kernel: InnerTrainer = new NativeKernel(loadAddon(kind === 'limit' ? 'limit' : 'kernel'), Number(lanes) as Lanes, config);
    kernel.setSeed(spec.seed);
    kernel.setTheta(theta);
    return (first, count) => kernel.pairLosses(0, first, count, 1, sigma);
  }
  const at = (pair: number) => ({ domain: DOMAIN.training, generation: 0, pair, task: 0 });
  if (kind === 'reference') return each((c, seed, pair) => referencePairLosses(c, seed, at(pair), theta, sigma));
  return each((c, seed, pair) =>
    plainPairLosses(c, seed, at(pair), theta, perturbation(seed, 0, pair, new Float32Array(theta.length)), sigma),
  );
}

// A build without these lanes says nothing, and counts as one that is not there.
if (kind === 'native' || kind === 'limit') {
  if (
    !loadAddon(kind === 'limit' ? 'limit' : 'kernel')
      .lanes()
      .includes(Number(lanes) as Lanes)
  )
    process.exit(1);
}
const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);
say({ name: process.argv[2] });
let run: Run = () => [];
let next = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Partial<Setup> & { check?: unknown[]; pairs: number };
  if (request.config) {
    run = await prepare(resolveSpec(request.spec), Float32Array.from(request.theta!), request.sigma!);
    say({});
  } else if (request.check) {
    const losses = run(0, request.check.length);
    say({ losses: request.check.map((_, i) => [losses[2 * i], losses[2 * i + 1]]) });
  } else {
    const start = performance.now();
    run(next, request.pairs);
    next += request.pairs;
    say({ seconds: (performance.now() - start) / 1000 });
  }
}
