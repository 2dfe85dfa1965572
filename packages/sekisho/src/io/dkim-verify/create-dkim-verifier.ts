import type { DKIMResult } from 'mailauth';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import type { Clock } from '../clock/index.ts';
import type { Resolver } from '../dns/index.ts';
import { IoError } from '../error.ts';
import { escapeText } from '../log/index.ts';
import { fewerSignatures } from './fewer-signatures.ts';
import { createKeyLookup, type KeyLookup } from './key-lookup.ts';
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
