import { isIP } from 'node:net';

/** Where a server listens: a TCP address, or a Unix socket by its absolute path. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** The address, or the one thing that is wrong with the text. */
export type ListenAddressResult =
  | { readonly ok: true; readonly value: ListenAddress }
  | { readonly ok: false; readonly problem: string };

/** What the operator may write. */
export const LISTEN_ADDRESS_FORMS = '"host:port", "[IPv6]:port" or "unix:/absolute/path"';

/** A path in `sockaddr_un` has 108 bytes on Linux, the last of them NUL. */
const UNIX_PATH_LIMIT_BYTES = 107;

const wrong = (problem: string): ListenAddressResult => ({ ok: false, problem });

function parseUnixPath(path: string): ListenAddressResult {
  if (!path.startsWith('/')) return wrong('the path of the Unix socket is not absolute');
  if (path.includes('\0')) return wrong('the path of the Unix socket holds a NUL');
  const sizeBytes = Buffer.byteLength(path);
  if (sizeBytes > UNIX_PATH_LIMIT_BYTES) {
    const limit = String(UNIX_PATH_LIMIT_BYTES);
    return wrong(
      `the path of the Unix socket has ${String(sizeBytes)} bytes, at most ${limit} fit`,
    );
  }
  return { ok: true, value: { kind: 'unix', path } };
}

function isHostName(host: string): boolean {
  return /^(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*$/iu.test(host);
}

function findHostProblem(host: string, bracketed: boolean): string | undefined {
  if (bracketed) return isIP(host) === 6 ? undefined : 'what stands in brackets is no IPv6 address';
  if (host.includes(':')) return 'an IPv6 address needs brackets';
  if (host === '') return 'the host is missing';
  if (/^[\d.]+$/u.test(host) && isIP(host) !== 4) return 'the host is no IPv4 address';
  return isHostName(host) ? undefined : 'the host is neither an address nor a name';
}

function parseTcpAddress(text: string): ListenAddressResult {
  const parts = /^(?:\[(?<bracketed>[^\]]*)\]|(?<plain>.*)):(?<port>\d+)$/u.exec(text)?.groups;
  if (parts === undefined) return wrong('the port is missing');
  const host = parts['bracketed'] ?? parts['plain'] ?? '';
  const problem = findHostProblem(host, parts['bracketed'] !== undefined);
  if (problem !== undefined) return wrong(problem);
  const port = Number(parts['port']);
  return port > 65_535
    ? wrong(`the port is ${parts['port'] ?? ''}, at most 65535 is possible`)
    : { ok: true, value: { kind: 'tcp', host, port } };
}

/** Reads `host:port`, `[IPv6]:port` or `unix:/path`; port 0 lets the system choose. */
export function parseListenAddress(text: string): ListenAddressResult {
  if (text.trim() !== text) return wrong('there is a space before or after the address');
  if (/^inet:/iu.test(text)) return wrong('the prefix "inet:" belongs to Postfix, not here');
  return text.startsWith('unix:') ? parseUnixPath(text.slice(5)) : parseTcpAddress(text);
}

/** The same text that {@link parseListenAddress} reads. */
export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const host = isIP(address.host) === 6 ? `[${address.host}]` : address.host;
  return `${host}:${String(address.port)}`;
}
