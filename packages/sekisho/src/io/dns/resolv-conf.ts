import { parseServerAddress, SERVER_ADDRESS_FORMS, type ServerAddress } from './server-address.ts';
import { printable } from './printable.ts';

/** What a `resolv.conf` says that Sekisho uses. */
export interface ResolvConf {
  /** In the order of the file, each once. Empty where there is no usable `nameserver` line. */
  readonly servers: readonly ServerAddress[];
  /** One sentence for each `nameserver` line that could not be used. */
  readonly problems: readonly string[];
}

/**
 * Reads the `nameserver` lines of a `resolv.conf` (resolv.conf(5)). Search lists and options are left aside:
 * Sekisho asks for complete names and has its own timeouts.
 */
export function parseResolvConf(text: string): ResolvConf {
  const servers = new Map<string, ServerAddress>();
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [keyword, value] = line.trim().split(/[ \t]+/);
    if (keyword !== 'nameserver') continue;
    const server = parseServerAddress(value ?? '');
    if (server !== undefined) servers.set(`${server.host} ${server.port}`, server);
    else problems.push(describe(index + 1, value ?? ''));
  }
  return { servers: [...servers.values()], problems };
}

function describe(line: number, value: string): string {
  return `line ${line} is left aside: nameserver is "${printable(value, 60)}", must be ${SERVER_ADDRESS_FORMS}`;
}
