import { defineConfig } from 'vitest/config';

/** Tests run the sources: neither package needs to be built for `unit`. */
const conditions = ['sekisho-source'];
const sources = { resolve: { conditions }, ssr: { resolve: { conditions } } };

/** Real daemons and fixed ports: one file at a time. */
const alone = { fileParallelism: false, maxWorkers: 1 };

/**
 * `unit` and `house` run anywhere; `chaos` starts the built daemon and ill-treats it; `e2e` needs root and
 * Debian's daemons, and skips itself with a message where they are missing. `soak` is what is long by nature: its own
 * tests, chaos in full, and the table of cases with the Postfix of another Debian.
 */
export default defineConfig({
  test: {
    projects: [
      {
        ...sources,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'test/peers/**/*.test.ts'],
          // Property tests on a busy machine; a test that waits in earnest is a fault of the test.
          testTimeout: 30_000,
        },
      },
      {
        ...sources,
        test: {
          name: 'house',
          include: ['test/house/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
      {
        ...sources,
        test: {
          name: 'chaos',
          include: ['test/chaos/**/*.test.ts'],
          testTimeout: 480_000,
          hookTimeout: 60_000,
          ...alone,
        },
      },
      {
        ...sources,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          ...alone,
        },
      },
      {
        ...sources,
        test: {
          name: 'soak',
          include: [
            'test/soak/**/*.test.ts',
            'test/chaos/**/*.test.ts',
            'test/e2e/mta-sts.test.ts',
          ],
          env: { SEKISHO_TEST_SOAK: '1' },
          testTimeout: 1_800_000,
          hookTimeout: 900_000,
          ...alone,
        },
      },
    ],
  },
});
