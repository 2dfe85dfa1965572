/**
 * How the program ends, after sysexits(3); scripts may rely on it.
 *
 * - `ok`: done, or a clear answer was given.
 * - `notFound`: nothing is kept for what was asked, or what a domain announces is not valid.
 * - `usage`: the command line is wrong, or a name cannot be a domain.
 * - `refused`: something speaks against what was ordered; nothing was changed.
 * - `unavailable`: the daemon, or the publishing service, is not running.
 * - `software`: a defect of Sekisho.
 * - `io`: a disk or socket failed.
 * - `temporary`: nothing certain could be learnt; the same command may do better later.
 * - `config`: the configuration is wrong.
 */
export const EXIT = {
  ok: 0,
  notFound: 1,
  usage: 64,
  refused: 65,
  unavailable: 69,
  software: 70,
  io: 74,
  temporary: 75,
  config: 78,
} as const;

/** One of the codes of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
