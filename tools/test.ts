/** `npm test`: every check of the gate, then every test project but `soak`. */
import { check, runSteps, tests } from './steps.ts';

/** What CI allows is 40 minutes; the rest is for installing. */
const LIMIT_MINUTES = 35;

await runSteps(
  [
    check('build', 'node', 'tools/build.ts'),
    check('format', 'npm', 'run', '--silent', 'format'),
    check('lint', 'npm', 'run', '--silent', 'lint'),
    check('types', 'npm', 'run', '--silent', 'types'),
    check('unused', 'npm', 'run', '--silent', 'unused'),
    tests(15, 'unit', 'house'),
    tests(15, 'chaos'),
    tests(20, 'e2e'),
  ],
  LIMIT_MINUTES,
);
