import { thetaLength } from '@metaplast/kernel';
import { type EngineName, resolveSpec, type Work } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { deal } from './deal.js';
import { type Carrier, RedisDispatcher } from './dispatcher.js';
import { RemoteWork } from './remote-work.js';
import { encodeResult } from './wire.js';

const generation = (pairs: number, engine: EngineName = 'wasm'): Work => {
  const spec = resolveSpec({ engine, outer: { pairs } });
  return { kind: 'generation', spec, generation: 3, sigma: 0.1, theta: new Float32Array(thetaLength(spec.rule.hidden)) };
};
const origin = { run: 'run', epoch: 2, session: 'cafe', number: 5 };
const result = (...values: number[]): Buffer =>
  encodeResult({ values: Float32Array.from(values), busyMs: 10, worker: 'w', engine: values[0] === 9 ? 'native' : 'wasm' });

describe('RemoteWork', () => {
  it('puts values in item order, whatever order they come in, and counts each chunk once', async () => {
    const work = new RemoteWork(generation(5), origin, 'k', 's');
    const chunks = [work.next(2), work.next(2), work.next(9)];
    expect(chunks.map(({ chunk, first, count }) => [chunk, first, count])).toEqual([
      [0, 0, 2],
      [1, 2, 2],
      [2, 4, 1],
    ]);
    expect(work.left).toBe(0);
    work.put(2, result(9, 10));
    work.put(0, result(1, 2, 3, 4));
    expect(work.put(0, result(0, 0, 0, 0))).toBeUndefined();
    expect(work.ended).toBe(false);
    work.put(1, result(5, 6, 7, 8));
    expect(await work.evaluated).toEqual({
      values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
      busyMs: 30,
      engines: ['native', 'wasm'],
    });
  });

  it('names jobs by run, epoch, session and number, and copies of stragglers', () => {
    const work = new RemoteWork(generation(5), origin, 'k', 's');
    const open = work.next(5);
    expect(work.job(open).id).toBe('run_2_cafe_5_0');
    open.copies = 2;
    expect(work.job(open).id).toBe('run_2_cafe_5_0_s2');
    expect(work.jobIds(open)).toEqual(['run_2_cafe_5_0', 'run_2_cafe_5_0_s1', 'run_2_cafe_5_0_s2']);
  });
});

describe('deal', () => {
  let number = 0;
  const has = (engine: EngineName): boolean => engine === 'wasm';
  const carrier: Carrier = {
    slots: 4,
    session: 'cafe',
    kernel: 'k',
    announcements: 's',
    nextWork: () => number++,
    wake: () => {},
    remove: () => {},
    leave: () => {},
  };
  const dispatcher = (run: string, pairs: number, engine: EngineName = 'wasm'): RedisDispatcher => {
    const made = new RedisDispatcher({ run, epoch: 1 }, carrier);
    made.evaluate(generation(pairs, engine)).catch(() => {});
    return made;
  };

  it('gives every run its share of twice the slots, in turn', () => {
    const large = dispatcher('large', 10_000);
    const small = dispatcher('small', 10_000);
    const dealt = deal([large, small], 4, has);
    expect(dealt.map((d) => d.dispatcher.run)).toEqual(['large', 'small', 'large', 'small', 'large', 'small', 'large', 'small']);
    expect(deal([large, small], 4, has)).toEqual([]);
  });

  it('gives all to the only one, and at least one chunk to each of many', () => {
    const one = dispatcher('one', 10_000);
    expect(deal([one], 4, has).length).toBe(8);
    const many = Array.from({ length: 20 }, (_, i) => dispatcher(`r${i}`, 10_000));
    expect(deal(many, 4, has).length).toBe(20);
  });

  it('gives out more chunks when they are short, and no more than a tenth of a second of them', async () => {
    const one = new RedisDispatcher({ run: 'one', epoch: 1, chunkSize: 1 }, carrier);
    one.evaluate(generation(10_000)).catch(() => {});
    one.sizer.measured(one.hungry!.work, 1, 1); // with a message 2 ms a chunk
    expect(deal([one], 4, has).length).toBe(200);
    expect(deal([one], 4, has)).toEqual([]);
    const small = new RedisDispatcher({ run: 'small', epoch: 1, chunkSize: 1 }, carrier);
    small.evaluate(generation(10_000)).catch(() => {});
    small.sizer.measured(small.hungry!.work, 1, 99);
    expect(deal([one, small], 4, has).map((d) => d.dispatcher.run)).toEqual(['small', 'small', 'small', 'small']);
  });

  it('gives runs whose engine nobody has no share of the slots, and lets a few of their chunks wait', () => {
    const one = dispatcher('one', 10_000);
    const stuck = Array.from({ length: 3 }, (_, i) => dispatcher(`stuck${i}`, 10_000, 'tfjs'));
    const runs = deal([...stuck, one], 4, has).map((d) => d.dispatcher.run);
    expect(runs.filter((run) => run === 'one').length).toBe(8);
    for (const { run } of stuck) expect(runs.filter((name) => name === run).length).toBeGreaterThan(0);
    expect(runs.length).toBeLessThan(20);
    expect(deal([...stuck, one], 4, has)).toEqual([]);
  });

  it('numbers works over all runs, so that a run that is begun again repeats no id', () => {
    const [first, again] = [dispatcher('run', 5), dispatcher('run', 5)];
    expect(again.works[0]!.id).not.toBe(first.works[0]!.id);
  });

  it('gives a run of higher priority as much as if it were alone, and a chunk a slot that waits before those of others', () => {
    const high = dispatcher('high', 10_000);
    const low = new RedisDispatcher({ run: 'low', epoch: 1, priority: 3 }, carrier);
    low.evaluate(generation(10_000)).catch(() => {});
    const runs = deal([low, high], 4, has).map((d) => d.dispatcher.run);
    expect(runs.filter((run) => run === 'high').length).toBe(12);
    expect(runs.filter((run) => run === 'low').length).toBe(4);
  });
});
