// The deployment files say what docs/deploy.md promises, and the commands that they start are ones that metaplast has.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COORDINATOR_SETTINGS } from '@metaplast/coordinator';
import { WORKER_SETTINGS } from '@metaplast/worker';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { metaplast, temporaryFolder } from './cli.js';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

interface Service {
  image: string;
  command: string[];
  ports?: string[];
  read_only: boolean;
  stop_grace_period?: string;
  healthcheck: { test?: string[]; disable?: boolean };
}
interface Resource {
  kind: string;
  spec: {
    replicas?: number;
    template?: { spec: { enableServiceLinks?: boolean; containers: Container[] } };
    triggers?: { metadata: unknown }[];
  };
}
interface Container {
  image: string;
  args: string[];
  securityContext: { readOnlyRootFilesystem: boolean };
}

const compose = (parse(read('docker-compose.yml'), { merge: true }) as { services: Record<'redis' | 'coordinator' | 'worker', Service> })
  .services;
const resources = ['redis', 'coordinator', 'worker'].flatMap((name) =>
  parseAllDocuments(read(`deploy/kubernetes/${name}.yaml`)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Resource;
  }),
);
const containers = resources.flatMap(({ spec }) => spec.template?.spec.containers ?? []);
const commands = [
  compose.coordinator.command,
  compose.worker.command,
  ...containers.filter((c) => c.image === 'metaplast').map((c) => c.args),
];

describe('docker-compose.yml', () => {
  it('keeps Redis to itself, durable and without eviction', () => {
    expect(compose.redis.ports).toBeUndefined();
    expect(compose.redis.command.join(' ')).toBe('redis-server --appendonly yes --maxmemory-policy noeviction');
    expect(compose.redis.healthcheck.test).toEqual(['CMD', 'redis-cli', 'ping']);
  });

  it('has read-only services, of which the coordinator alone is published, on loopback', () => {
    for (const service of Object.values(compose)) expect(service.read_only).toBe(true);
    expect(compose.coordinator.ports).toEqual(['127.0.0.1:8420:8420']);
    expect(compose.worker).not.toHaveProperty('ports');
    expect(compose.worker).not.toHaveProperty('container_name');
    expect(compose.worker.stop_grace_period).toBe('40s');
  });
});

describe('deploy/kubernetes', () => {
  it('has all parts', () => {
    const kinds = ['Service', 'StatefulSet', 'Service', 'StatefulSet', 'Deployment', 'ScaledObject', 'TriggerAuthentication'];
    expect(resources.map(({ kind }) => kind)).toEqual(kinds);
    for (const { securityContext } of containers) expect(securityContext.readOnlyRootFilesystem).toBe(true);
    // A Service called metaplast would set METAPLAST_PORT in the pods of its namespace.
    const ours = resources.filter(({ spec }) => spec.template?.spec.containers[0]?.image === 'metaplast');
    expect(ours.map(({ spec }) => spec.template!.spec.enableServiceLinks)).toEqual([false, false]);
    const [probed] = resources.find(({ kind }) => kind === 'Deployment')!.spec.template!.spec.containers;
    expect(probed).toMatchObject({
      livenessProbe: { httpGet: { path: '/healthz' } },
      env: [
        { name: 'METAPLAST_HEALTH_HOST', value: '0.0.0.0' },
        { name: 'METAPLAST_HEALTH_PORT', value: '8421' },
      ],
    });
    expect(resources.find(({ kind }) => kind === 'ScaledObject')!.spec.triggers![0]!.metadata).toMatchObject({ valueLocation: 'demand' });
  });
});

describe('each command', () => {
  it.each(commands.map((command) => [command.join(' '), command] as const))('%s', async (_text, command) => {
    const { exitCode, out } = await metaplast([...command, '--help'], { cwd: temporaryFolder() });
    expect(exitCode).toBe(0);
    expect(out).toContain(`Usage: metaplast ${command[0]}`);
    for (const flag of command.filter((word) => word.startsWith('--'))) expect(out).toContain(`${flag} `);
  });
});

describe('Dockerfile', () => {
  it('compiles the native kernel, and ends as a user without rights with the command line as entry point', () => {
    const lines = read('Dockerfile').split('\n');
    const [build, image, ...more] = lines.flatMap((line, i) => (line.startsWith('FROM') ? [i] : []));
    expect(more).toEqual([]);
    expect(lines.slice(build, image).join('\n')).toContain(' && npm run build:native \\\n');
    expect(lines.slice(image)).toContain('COPY --from=build /app/packages ./packages');
    expect(lines).toContain('USER node');
    expect(lines).toContain('STOPSIGNAL SIGTERM');
    expect(lines).toContain('ENTRYPOINT ["node", "/app/packages/cli/bin/metaplast.js"]');
  });
});

describe('the tables of settings', () => {
  it.each([
    ['docs/deploy.md', COORDINATOR_SETTINGS],
    ['docs/distributed.md', WORKER_SETTINGS],
  ] as const)('%s has every variable', (path, settings) => {
    const rows = read(path).split('\n');
    for (const { env } of Object.values(settings))
      expect(rows.filter((row) => row.startsWith('|') && row.includes(`| \`${env}\``))).toHaveLength(1);
  });
});
