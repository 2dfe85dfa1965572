import { type Domain, parseDomain } from '@sekisho/spec';
import type { Clock } from '../clock/index.ts';
import type { DnsResult, Resolver } from '../dns/index.ts';
import { createTrust } from '../https/index.ts';
import { escapeText } from '../log/index.ts';
import type { MxProbe, MxProber } from './mx-prober.ts';
import { type AddressOptions, probeAddress } from './probe-address.ts';

/** How MX hosts are looked at. */
export interface MxProberOptions {
  readonly clock: Clock;
  /** Looks up the addresses; the system's own lookup is never used for them. */
  readonly resolver: Pick<Resolver, 'lookupA' | 'lookupAaaa'>;
  /** The name in EHLO. */
  readonly heloName: string;
  /** PEM certificates that replace the default trust store (Mozilla's, as built into Node). */
  readonly ca?: readonly string[];
  /** Default 25; another one for closed networks. */
  readonly port?: number;
  /** For the connection to one address; default 10,000, never more than `timeoutMs`. */
  readonly connectTimeoutMs?: number;
  /** For each reply, and for the TLS handshake; default 20,000, never more than `timeoutMs`. */
  readonly replyTimeoutMs?: number;
  /** For everything at one address; default 30,000. */
  readonly timeoutMs?: number;
}

/** Addresses beyond these are not looked at, and it is said so. */
const MOST_ADDRESSES = 32;
/** Addresses of one host at the same time. */
const AT_ONCE = 4;

/**
 * Makes the prober that looks at MX hosts over the network. Its EHLO, STARTTLS and TLS are those of a sender that
 * enforces (RFC 8461 §4.2, §7); it sends no mail.
 *
 * @throws TypeError when the CA certificates cannot be used.
 */
export function createMxProber(options: MxProberOptions): MxProber {
  const { clock, resolver, heloName, ca, port = 25, timeoutMs = 30_000 } = options;
  const { connectTimeoutMs = 10_000, replyTimeoutMs = 20_000 } = options;
  const each: AddressOptions = {
    clock,
    heloName,
    port,
    timeoutMs,
    trust: createTrust(ca),
    connectTimeoutMs: Math.min(connectTimeoutMs, timeoutMs),
    replyTimeoutMs: Math.min(replyTimeoutMs, timeoutMs),
  };
  return {
    async probe(mxHost, { signal } = {}) {
      const name = parseDomain(mxHost);
      if (!name.ok) return [without(mxHost, 'no-address', 'it is no host name')];
      const lookup = { ...(signal !== undefined && { signal }) };
      const answers = await Promise.all([
        resolver.lookupAaaa(name.value, lookup),
        resolver.lookupA(name.value, lookup),
      ]);
      const { addresses, notes } = readAddresses(name.value, answers);
      const probes = await probeAll(name.value, addresses, each, signal);
      return [...probes, ...notes];
    },
  };
}

async function probeAll(
  mxHost: Domain,
  addresses: readonly string[],
  options: AddressOptions,
  signal: AbortSignal | undefined,
): Promise<MxProbe[]> {
  const probes: MxProbe[] = [];
  const waiting = [...addresses.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, address] = next;
      probes[place] = await probeAddress(mxHost, address, options, signal);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return probes;
}

/** Every address, IPv6 first, and what cannot be told: a family that the DNS did not answer for is not "none". */
function readAddresses(
  mxHost: Domain,
  answers: readonly DnsResult<string>[],
): { readonly addresses: readonly string[]; readonly notes: readonly MxProbe[] } {
  const found = answers.flatMap((answer) => (answer.kind === 'answer' ? answer.records : []));
  const addresses = [...new Set(found)];
  const notes = answers.flatMap((answer) =>
    answer.kind === 'failure' ? [without(mxHost, 'dns-failed', escapeText(answer.message))] : [],
  );
  if (addresses.length > MOST_ADDRESSES) {
    const left = addresses.length - MOST_ADDRESSES;
    notes.push(without(mxHost, 'dns-failed', `${left} addresses too many were not looked at`));
  }
  if (addresses.length === 0 && notes.length === 0) {
    notes.push(without(mxHost, 'no-address', 'the DNS knows no address of it'));
  }
  return { addresses: addresses.slice(0, MOST_ADDRESSES), notes };
}

function without(mxHost: string, code: 'no-address' | 'dns-failed', detail: string): MxProbe {
  return { mxHost, code, detail, durationMs: 0 };
}
