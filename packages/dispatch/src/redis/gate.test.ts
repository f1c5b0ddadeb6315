import { expect, it } from 'vitest';
import { Gate } from './gate.js';

it('lets so many in, the others in order, and sends them away when it closes', async () => {
  const gate = new Gate(1);
  const log: string[] = [];
  const enter = (name: string): Promise<void> => gate.enter().then((entered) => void log.push(`${name} ${entered}`));
  await enter('a');
  const waiting = [enter('b'), enter('c')];
  gate.leave();
  await waiting[0];
  expect(log).toEqual(['a true', 'b true']);
  gate.close();
  await waiting[1];
  await enter('d');
  expect(log).toEqual(['a true', 'b true', 'c false', 'd false']);
});

it('lets nobody in beside who wants all places, and nobody past them', async () => {
  const gate = new Gate(2);
  const log: string[] = [];
  const enter = (name: string, places: number): Promise<void> => gate.enter(places).then(() => void log.push(name));
  await enter('a', 1);
  const waiting = [enter('all', 2), enter('b', 1)];
  await Promise.resolve();
  expect(log).toEqual(['a']);
  gate.leave();
  await waiting[0];
  expect(log).toEqual(['a', 'all']);
  gate.leave(2);
  await waiting[1];
  expect(log).toEqual(['a', 'all', 'b']);
});
