import { defineConfig } from 'vitest/config';

const report = process.env.MLAAS_TEST_REPORT;

/**
 * `unit` and `contract` are what `npm test` runs. `contract` and `e2e` are run again by
 * `npm run test:services`, where real servers (PostgreSQL, mosquitto, a browser) are at hand; a
 * test whose service is absent is skipped and says why.
 */
export default defineConfig({
  test: {
    projects: ['unit', 'contract', 'e2e'].map((name) => ({
      extends: true,
      test: { name, include: [`tests/${name}/**/*.test.ts`] },
    })),
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Suites that start processes would only fight over the cores of a small machine.
    maxWorkers: 2,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
