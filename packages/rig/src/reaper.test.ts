import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';

/** Starts two processes by the rig and ends one of them; prints the pids of both. */
const PROGRAM = `
import { Process } from '@metaplast/rig';
const [one, other] = [1, 2].map(() => new Process(['-e', 'setInterval(() => {}, 1000)']));
await one.kill();
console.log(one.pid, other.pid);`;
const ENDS = { throws: 'throw new Error()', exits: 'process.exit()', 'is killed': 'setInterval(() => {}, 1000)' };

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('processes of the rig end with the one that started them', () => {
  it.each(Object.entries(ENDS))('when it %s', async (how, end) => {
    const starter = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM + end], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(starter.stdout, 'data')) as [Buffer];
    const [one, other] = String(line).trim().split(' ').map(Number) as [number, number];
    expect(lives(one)).toBe(false);
    if (how === 'is killed') {
      expect(lives(other)).toBe(true);
      starter.kill('SIGKILL');
    }
    await vi.waitFor(() => expect(lives(other)).toBe(false), { timeout: 10_000 });
  });
});
