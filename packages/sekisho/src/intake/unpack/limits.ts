/** What one arrival may cost. */
export interface IntakeLimits {
  /** Of the message or body as it arrives. */
  readonly arrivalBytes: number;
  /** Of all its reports together, decompressed. */
  readonly reportBytes: number;
  /** How many times larger than its compressed form a report may be, once it is above 1 MiB. */
  readonly ratio: number;
  /** Of each header: the message's and its parts'. */
  readonly headerBytes: number;
  readonly headerLines: number;
  readonly parts: number;
  /** Levels of multiparts within multiparts. */
  readonly depth: number;
  readonly reports: number;
}

const MIB = 1_048_576;

/** RFC 8460 §5.3 counts on mail systems that take about 10 MB. */
export const DEFAULT_INTAKE_LIMITS: IntakeLimits = {
  arrivalBytes: 10 * MIB,
  reportBytes: 20 * MIB,
  ratio: 250,
  headerBytes: 262_144,
  headerLines: 4000,
  parts: 100,
  depth: 8,
  reports: 16,
};
