/** `npm run soak`: what is long by nature, once for each larger change rather than at each run of `npm test`. */
import { check, runSteps, tests } from './steps.ts';

const LIMIT_MINUTES = 60;

await runSteps([check('build', 'node', 'tools/build.ts'), tests(58, 'soak')], LIMIT_MINUTES);
