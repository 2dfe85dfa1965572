/** What stands between `testing` and `enforce`, each with its evidence. */
export { createGates, type GatesOptions } from './create-gates.ts';
export type { Gate, ReportedFailures, ReportEvidence, ReportSummary } from './gate.ts';
export { isFailure, probeRemedy } from './probe-findings.ts';
