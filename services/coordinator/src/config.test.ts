import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ValidationError } from '@metaplast/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coordinatorConfig } from './config.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'metaplast-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function refusals(env: NodeJS.ProcessEnv): Record<string, string> {
  try {
    coordinatorConfig({}, env);
  } catch (error) {
    return Object.fromEntries((error as ValidationError).errors.map(({ pointer, detail }) => [pointer, detail]));
  }
  return {};
}

describe('coordinatorConfig', () => {
  it('reads secrets from files, and names from a list', () => {
    writeFileSync(join(folder, 'token'), 'sixteen-letters-or-more\n');
    const env = {
      METAPLAST_TOKEN_FILE: join(folder, 'token'),
      METAPLAST_HOST: '0.0.0.0',
      METAPLAST_ALLOWED_HOSTS: 'A.example, b.example,',
    };
    expect(coordinatorConfig({ port: 0 }, env)).toMatchObject({
      host: '0.0.0.0',
      port: 0,
      token: 'sixteen-letters-or-more',
      allowedHosts: ['a.example', 'b.example'],
      engine: 'auto',
    });
  });

  it('says what is wrong with a variable, but not what a secret is', () => {
    const env = {
      METAPLAST_PORT: 'tcp://10.96.12.3:8420',
      METAPLAST_TOKEN: 'too-short',
      METAPLAST_READ_TOKEN_FILE: join(folder, 'none'),
    };
    expect(refusals(env)).toEqual({
      'port (METAPLAST_PORT)': 'must be an integer in [0, 65535], was "tcp://10.96.12.3:8420"',
      'token (METAPLAST_TOKEN)': expect.stringMatching(/^bearer token/),
      METAPLAST_READ_TOKEN_FILE: 'cannot be read: ENOENT',
    });
  });

  it('listens beyond loopback with a token only', () => {
    expect(refusals({ METAPLAST_HOST: '0.0.0.0' })).toEqual({
      'token (METAPLAST_TOKEN)': expect.stringMatching(/^is required to listen on 0/),
    });
    expect(refusals({ METAPLAST_HOST: '127.0.0.2' })).toEqual({});
  });
});
