import { Command } from 'commander';
import { afterEach, expect, it, vi } from 'vitest';
import { addRemoteOptions, command, DEFAULT_URL, type RemoteOptions } from './connect.js';

const parsed = (...args: string[]): RemoteOptions => addRemoteOptions(new Command()).parse(args, { from: 'user' }).opts();

afterEach(() => vi.unstubAllEnvs());

it('an empty METAPLAST_URL is none, in the commands that are printed too', () => {
  vi.stubEnv('METAPLAST_URL', '');
  expect(parsed().url).toBe(DEFAULT_URL);
  expect(command('watch x', parsed())).toBe('npx metaplast watch x');
  expect(command('watch x', parsed('--url', 'http://far:1'))).toBe('npx metaplast watch x --url http://far:1');
  vi.stubEnv('METAPLAST_URL', 'http://far:1');
  expect(command('watch x', parsed())).toBe('npx metaplast watch x');
});
