import { describe, expect, it } from 'vitest';
import { judge } from './check.js';
import { checkUrl, redactUrl } from './connect.js';
import { refusal } from './identity.js';
import { Keys, workId } from './keys.js';

const info = (fields: Record<string, string>): string =>
  Object.entries({ redis_version: '7.0.15', redis_mode: 'standalone', maxmemory_policy: 'noeviction', aof_enabled: '1', ...fields })
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('');

describe('judge', () => {
  it('accepts 6.2 and later', () => {
    for (const version of ['6.2.0', '7.0.15', '8.2.1', '10.0.0']) {
      expect(judge(info({ redis_version: version }))).toEqual({ version, warnings: [] });
    }
  });

  it.each([
    [{ redis_version: '6.0.16' }, 'Redis is version 6.0.16, at least 6.2 is needed'],
    [{ redis_version: '5.0.14' }, 'install a newer Redis'],
    [{ maxmemory_policy: 'allkeys-lru' }, 'CONFIG SET maxmemory-policy noeviction'],
    [{ redis_mode: 'cluster' }, 'use a single Redis'],
  ])('refuses %j', (fields, message) => {
    expect(() => judge(info(fields))).toThrow(message);
  });

  it('warns without an append-only file', () => {
    expect(judge(info({ aof_enabled: '0' })).warnings[0]).toContain('appendonly yes');
  });
});

describe('URLs', () => {
  it('are accepted with user, password, TLS and database, and shown without secrets', () => {
    for (const url of ['redis://localhost', 'rediss://me:secret@host:6380/2', 'redis://:secret@[::1]:1/0']) {
      expect(() => checkUrl(url)).not.toThrow();
      expect(redactUrl(url)).not.toMatch(/secret|me:/);
    }
    expect(redactUrl('rediss://me:secret@host:6380/2')).toBe('rediss://host:6380/2');
  });

  it.each(['', 'localhost:6379', 'http://u:secret@host', 'redis://host/name', 'redis:///0'])('refuses %s without repeating it', (url) => {
    try {
      checkUrl(url);
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toContain('redis://[user:password@]host');
      expect((error as Error).message).not.toContain('secret');
    }
  });
});

describe('names', () => {
  it('refuse what would break keys apart', () => {
    expect(() => new Keys('a:b')).toThrow(RangeError);
    expect(() => workId('a:b', 1, 's', 0)).toThrow(RangeError);
  });
});

describe('refusal', () => {
  it('says what differs', () => {
    const own = { protocol: 1, kernel: 'a'.repeat(64) };
    expect(refusal(own, own)).toBeUndefined();
    expect(refusal({ ...own, protocol: 2 }, own)).toContain('protocol 2, the coordinator 1');
    expect(refusal({ ...own, kernel: 'b'.repeat(64) }, own)).toContain('kernel is bbbbbbbbbbbb');
  });
});
