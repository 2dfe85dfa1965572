import type { Clock } from '../clock/index.ts';
import type { Resolver } from '../dns/index.ts';

/** The keys of one message's signatures. */
export interface KeyLookup {
  /** Answers as `dns.promises.resolve(name, 'TXT')` does, for whoever expects that. */
  resolve(name: string): Promise<string[][]>;
  /** The `s=` of the key record at a name, if it was seen. */
  serviceOf(name: string): string | undefined;
  close(): void;
}

/**
 * Looks up keys until a deadline. Every key is handed on with `s=*`, since a verifier of mail refuses those made for
 * reports alone (RFC 8460 §3); which service it really has is remembered. RFC 6376 §3.6.1.
 */
export function createKeyLookup(
  resolver: Pick<Resolver, 'lookupTxt'>,
  clock: Clock,
  deadlineMs: number,
): KeyLookup {
  const services = new Map<string, string>();
  const controller = new AbortController();
  const cancel = clock.after(deadlineMs, () => controller.abort());
  return {
    async resolve(name) {
      const result = await resolver.lookupTxt(name, { signal: controller.signal });
      if (result.kind === 'failure') throw noAnswer(result.code.toUpperCase(), result.message);
      const [record] = result.records;
      if (record === undefined) throw noAnswer('NOTFOUND', 'there is no key');
      services.set(name.toLowerCase(), readService(record));
      return [[withService(record)]];
    },
    serviceOf: (name) => services.get(name.toLowerCase()),
    close: cancel,
  };
}

function noAnswer(code: string, message: string): Error {
  return Object.assign(new Error(message), { code: `E${code}` });
}

const SERVICE = /^\s*s\s*=/i;

function readService(record: string): string {
  const tag = record.split(';').find((text) => SERVICE.test(text));
  const value = tag?.replace(SERVICE, '').replace(/\s+/g, '').toLowerCase() ?? '';
  return value === '' ? '*' : value;
}

function withService(record: string): string {
  return record
    .split(';')
    .map((text) => (SERVICE.test(text) ? ' s=*' : text))
    .join(';');
}
