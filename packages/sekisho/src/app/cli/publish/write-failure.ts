import type { Domain } from '@sekisho/spec';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { ServiceClient, ServiceAnswer } from '../service-client.ts';

/** Says that the service is not there, and how to get it. */
export function writeUnavailable({ stderr }: CliContext, { socketPath }: ServiceClient): ExitCode {
  stderr.write(
    `sekisho: nobody listens at ${socketPath}: "sekisho publish serve" is not running there, or has another publish.stateDirectory\n`,
  );
  return EXIT.unavailable;
}

/** Says that the domain is not published here, and how to begin. */
export function writeUnknown({ stderr }: CliContext, domain: Domain): ExitCode {
  stderr.write(
    `sekisho: nothing is published for ${domain}; begin with: sekisho publish set ${domain} --mode testing\n`,
  );
  return EXIT.notFound;
}

/** Says that the service made nothing of the order, so that silence is not taken for success. */
export function writeNotTaken({ stderr }: CliContext, { status }: ServiceAnswer): ExitCode {
  stderr.write(
    `sekisho: the service does not take this order (status ${String(status)}); nothing was changed: it is longer than a policy may be (65536 bytes, RFC 8461 §3.3), or the service is of another version of sekisho than this command\n`,
  );
  return EXIT.refused;
}
