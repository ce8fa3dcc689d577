import { defineConfig } from 'vitest/config';

const report = process.env.MLAAS_TEST_REPORT;

/**
 * `unit` and `contract` are what `npm test` runs. `contract` and `e2e` are run again by
 * `npm run test:services`, where real servers (PostgreSQL, mosquitto, a browser) are at hand; a
 * test whose service is absent is skipped and says why.
 */
export default defineConfig({
  test: {
    // See cli/main.ts.
    env: { ORT_DISABLE_TELEMETRY: '1' },
    projects: Object.entries({ unit: 300_000, contract: 300_000, e2e: 600_000 }).map(([name, timeout]) => ({
      extends: true,
      test: {
        name,
        include: [`tests/${name}/**/*.test.ts`],
        // Against hanging only: no test is about speed, and a busy machine can be ten times slower.
        testTimeout: timeout,
        hookTimeout: timeout,
        expect: { poll: { timeout: timeout / 2 } },
      },
    })),
    // Suites that start processes would only fight over the cores of a small machine.
    maxWorkers: 2,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
