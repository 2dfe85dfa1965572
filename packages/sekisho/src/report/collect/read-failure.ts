import type { ResultType, SessionFailure } from '@sekisho/spec';
import { DATAGRAM_LIMITS, type DatagramNote } from './datagram-sessions.ts';
import {
  firstGreeting,
  hostName,
  isJsonObject,
  type JsonObject,
  oneLine,
  plainAddress,
} from './json-values.ts';

const RESULT_TYPE_BY_CODE: ReadonlyMap<number, ResultType> = new Map([
  [201, 'starttls-not-supported'],
  [202, 'certificate-host-mismatch'],
  [203, 'certificate-not-trusted'],
  [204, 'certificate-expired'],
  [205, 'validation-failure'],
  [301, 'sts-policy-fetch-error'],
  [302, 'sts-policy-invalid'],
  [303, 'sts-webpki-invalid'],
  [304, 'tlsa-invalid'],
  [305, 'dnssec-invalid'],
  [306, 'dane-required'],
]);

/**
 * Reads one entry of `failure-details`; undefined for one without a code. A code that is not known makes the failure
 * one that fits no other type, with the code as its reason (RFC 8460 §4.3.3).
 */
export function readFailure(value: unknown, notes: Set<DatagramNote>): SessionFailure | undefined {
  const code = isJsonObject(value) ? value['c'] : undefined;
  if (!isJsonObject(value) || typeof code !== 'number' || !Number.isSafeInteger(code)) {
    notes.add('failure-unusable');
    return undefined;
  }
  const known = RESULT_TYPE_BY_CODE.get(code);
  if (known === undefined) notes.add('failure-code-unknown');
  const reason = textOf(value, 'f', DATAGRAM_LIMITS.reason, oneLine, notes);
  const failureReasonCode =
    known === undefined ? oneLine(`code ${code} ${reason ?? ''}`, DATAGRAM_LIMITS.reason) : reason;
  const details = {
    sendingMtaIp: textOf(value, 's', DATAGRAM_LIMITS.host, plainAddress, notes),
    receivingMxHostname: textOf(value, 'n', DATAGRAM_LIMITS.host, hostName, notes),
    receivingMxHelo: textOf(value, 'h', DATAGRAM_LIMITS.host, firstGreeting, notes),
    receivingIp: textOf(value, 'r', DATAGRAM_LIMITS.host, plainAddress, notes),
    additionalInformation: textOf(value, 'a', DATAGRAM_LIMITS.information, uri, notes),
    failureReasonCode,
  };
  const given = Object.entries(details).filter(([, text]) => text !== undefined);
  return { resultType: known ?? 'validation-failure', ...Object.fromEntries(given) };
}

/** One detail in the form in which it is reported; undefined where it is missing, empty or not usable. */
function textOf(
  failure: JsonObject,
  name: string,
  most: number,
  read: (text: string, most: number) => string | undefined,
  notes: Set<DatagramNote>,
): string | undefined {
  const value = failure[name];
  // Postfix writes an empty address where it could not learn it.
  if (value === undefined || value === '') return undefined;
  const text = typeof value === 'string' ? read(value, most) : undefined;
  if (text === undefined) notes.add('detail-unusable');
  return text === '' ? undefined : text;
}

function uri(text: string, most: number): string | undefined {
  return text.length <= most && URL.canParse(text) ? oneLine(text, most) : undefined;
}
