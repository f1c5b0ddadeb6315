import { defineConfig } from 'vitest/config';

// Unit tests stand beside the code; integration tests run the built packages as a user would; fault tests
// kill processes around a real Redis; browser tests use the dashboard in a real Chromium. The first and the last of those wait for
// processes, so a machine that is busy with other things gets a second try; what fails once in a while in a fault test is a fault.
// Two files run at a time.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'services/*/src/**/*.test.ts'],
          testTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: 'test/integration/setup.ts',
          testTimeout: 300_000,
          hookTimeout: 60_000,
          retry: 1,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: 'test/browser/setup.ts',
          testTimeout: 60_000,
          hookTimeout: 300_000,
          retry: 1,
          maxWorkers: 2,
        },
      },
      // npm run screenshots
      { test: { name: 'screenshots', include: ['test/browser/screenshots.ts'], testTimeout: 1_800_000, hookTimeout: 300_000 } },
      {
        test: {
          name: 'fault',
          include: ['test/fault/**/*.test.ts'],
          globalSetup: 'test/fault/setup.ts',
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
