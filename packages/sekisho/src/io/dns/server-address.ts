import { isIP } from 'node:net';

/** Where a DNS server listens: an IP address, for IPv6 with its zone where it has one, and a port. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

const DNS_PORT = 53;
const BRACKETED = /^\[([^\]]+)\](?::([0-9]+))?$/;
const DOTTED = /^([0-9.]+):([0-9]+)$/;

/** What `parseServerAddress` accepts, for the message that says what is allowed. */
export const SERVER_ADDRESS_FORMS =
  'an IP address with an optional port: 192.0.2.1, 192.0.2.1:5353, 2001:db8::1, [2001:db8::1]:5353, fe80::1%eth0';

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return DNS_PORT;
  const port = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}

/** Reads the address of a DNS server; port 53 unless given. Names are not addresses: `undefined`. */
export function parseServerAddress(text: string): ServerAddress | undefined {
  const bracketed = BRACKETED.exec(text);
  const [, host = text, portText] = bracketed ?? DOTTED.exec(text) ?? [];
  const port = parsePort(portText);
  const family = isIP(host);
  if (port === undefined || family === 0 || (bracketed !== null && family !== 6)) return undefined;
  return { host, port };
}

/** Writes an address so that `parseServerAddress` reads it back: `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function formatServerAddress({ host, port }: ServerAddress): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
