/** What stands between `testing` and `enforce`, each with its evidence. */
export { createGates, type GatesOptions } from './create-gates.ts';
export type { Gate, ReportEvidence } from './gate.ts';
export { isFailure } from './looks.ts';
export { probeRemedy } from './probe-remedy.ts';
