import type { DKIMResult } from 'mailauth';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import type { Clock } from '../clock/index.ts';
import type { Resolver } from '../dns/index.ts';
import { IoError } from '../error.ts';
import { escapeText } from '../log/index.ts';
import type { DkimResult, DkimSignature, VerifyDkim } from './verify-dkim.ts';

const MOST_SIGNATURES = 5;
const LONGEST_COMMENT = 200;

export interface DkimVerifierOptions {
  readonly resolver: Pick<Resolver, 'lookupTxt'>;
  readonly clock: Clock;
  /** For all keys of a message together. Default 15 seconds. */
  readonly deadlineMs?: number;
}

/** Verifies by `mailauth`, its keys looked up by our resolver. RSA below 1024 bits and SHA-1 do not count (RFC 8301 §3). */
export function createDkimVerifier(options: DkimVerifierOptions): VerifyDkim {
  const { resolver, clock, deadlineMs = 15_000 } = options;
  return async (message) => {
    const whole = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    const keys = createKeyLookup(resolver, clock, deadlineMs);
    try {
      const { results, fromFields } = await dkimVerify(fewerSignatures(whole, MOST_SIGNATURES), {
        resolver: (name) => keys.resolve(name),
        rejectRsaSha1: true,
        curTime: new Date(clock.now()),
      });
      const signed = results.filter(({ status }) => status.result !== 'none');
      return signed.map((result) => toSignature(result, keys, fromFields));
    } catch (cause) {
      const message = 'Cannot read the signatures of a message';
      throw new IoError('dkim-unreadable', message, { temporary: false, cause });
    } finally {
      keys.close();
    }
  };
}

function toSignature(
  result: DKIMResult,
  keys: KeyLookup,
  fromFields: number | undefined,
): DkimSignature {
  const { signingDomain = '', selector = '', signingHeaders, status } = result;
  const isOneFrom = fromFields === 1;
  const comment = isOneFrom ? (status.comment ?? '') : `the message has ${fromFields} From fields`;
  return {
    domain: signingDomain.toLowerCase(),
    selector,
    result: isOneFrom ? toResult(result) : 'neutral',
    keyService: keys.serviceOf(`${selector}._domainkey.${signingDomain}`),
    hasLengthTag: result.canonBodyLengthLimited === true,
    signedHeaders: (signingHeaders?.keys ?? '').toLowerCase().split(/:\s*/),
    comment: escapeText(comment.slice(0, LONGEST_COMMENT)),
  };
}

function toResult({ status, bodyHash, bodyHashExpecting }: DKIMResult): DkimResult {
  // A domain that tries its key out must not be believed more than one without (RFC 6376 §3.6.1, t=y).
  if (status.result === 'pass') return status.testing === true ? 'neutral' : 'pass';
  if (status.result === 'temperror') return 'temporary';
  const isHashed = bodyHash !== undefined && bodyHashExpecting !== undefined;
  const isOtherBody = isHashed && bodyHash !== bodyHashExpecting;
  return status.result === 'fail' || isOtherBody ? 'fail' : 'neutral';
}

/** The keys of one message's signatures. */
interface KeyLookup {
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
function createKeyLookup(
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

const LONGEST_HEADER = 524_288;
const LF = 0x0a;

/**
 * The message with at most so many signatures, the lowest ones, which are the author's; a stranger who heaps up
 * signatures gets no more work done. Chains of ARC, which nobody here asks about, go too.
 */
function fewerSignatures(message: Buffer, most: number): Buffer {
  const fields = listFields(message);
  const signatures = fields.filter(({ name }) => name === 'dkim-signature');
  const gone = new Set(signatures.slice(0, Math.max(0, signatures.length - most)));
  const kept = fields.filter((field) => !gone.has(field) && !field.name.startsWith('arc-'));
  if (kept.length === fields.length) return message;
  const end = fields.at(-1)?.end ?? 0;
  return Buffer.concat([
    ...kept.map((field) => message.subarray(field.start, field.end)),
    message.subarray(end),
  ]);
}

interface FieldPlace {
  readonly name: string;
  readonly start: number;
  end: number;
}

/** Where each field lies, its continuation lines with it. */
function listFields(message: Buffer): readonly FieldPlace[] {
  const fields: FieldPlace[] = [];
  for (let at = 0; at < message.length && at < LONGEST_HEADER; ) {
    const lf = message.indexOf(LF, at);
    const end = lf < 0 ? message.length : lf + 1;
    const line = message.toString('latin1', at, Math.min(end, at + 80));
    if (line === '\n' || line === '\r\n') break;
    const name = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/.exec(line)?.[1]?.toLowerCase();
    const last = fields.at(-1);
    if (name === undefined && last !== undefined) last.end = end;
    else fields.push({ name: name ?? '', start: at, end });
    at = end;
  }
  return fields;
}
