import { type Domain, parseDomain } from '@sekisho/spec';
import {
  DATAGRAM_LIMITS,
  type ArrivedSessions,
  type DatagramFault,
  type DatagramNote,
  type ReadDatagram,
} from './datagram-sessions.ts';
import { isJsonObject, type JsonObject, wellFormed } from './json-values.ts';
import { readPolicy } from './read-policy.ts';

const STRICT = new TextDecoder('utf-8', { fatal: true });
const LENIENT = new TextDecoder('utf-8');

/**
 * Reads one datagram of Postfix's TLSRPT client library: a session with its outcome under each of its policies, and
 * what failed as a result type (RFC 8460 §4.3). Never throws; what is wrong in part is used in part and noted.
 */
export function parseTlsrptDatagram(bytes: Uint8Array): ReadDatagram {
  const notes = new Set<DatagramNote>();
  const value = parseJson(decode(bytes, notes));
  if (value === undefined) return refuse('json-invalid');
  if (!isJsonObject(value)) return refuse('not-object');
  // The first versions of the library did not write it.
  if (value['dpv'] !== undefined && value['dpv'] !== '1') notes.add('version-unknown');
  const domain = readDomain(value);
  return typeof domain === 'object' ? domain : readSessions(value, domain, notes);
}

function refuse(code: DatagramFault): ReadDatagram & { readonly ok: false } {
  return { ok: false, code };
}

function decode(bytes: Uint8Array, notes: Set<DatagramNote>): string {
  try {
    return STRICT.decode(bytes);
  } catch {
    notes.add('text-not-utf8');
    return LENIENT.decode(bytes);
  }
}

/** Undefined for what is no JSON, which has no such value. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function readDomain(datagram: JsonObject): Domain | (ReadDatagram & { readonly ok: false }) {
  const given = datagram['d'];
  if (given === undefined) return refuse('domain-missing');
  const parsed = typeof given === 'string' ? parseDomain(given) : undefined;
  return parsed?.ok === true ? parsed.value : refuse('domain-invalid');
}

function readSessions(
  datagram: JsonObject,
  domain: Domain,
  notes: Set<DatagramNote>,
): ReadDatagram {
  const policies = datagram['policies'];
  if (!Array.isArray(policies) || policies.length === 0) return refuse('policies-missing');
  if (policies.length > DATAGRAM_LIMITS.policies) notes.add('too-many');
  const record = readRecord(datagram, notes);
  const sessions = policies
    .slice(0, DATAGRAM_LIMITS.policies)
    .map((policy: unknown) => readPolicy(policy, domain, notes))
    .filter((session) => session !== undefined)
    .map(
      (session): ArrivedSessions => ({
        domain,
        ...record,
        source: 'datagram',
        ...session,
        count: 1,
      }),
    );
  return sessions.length === 0
    ? refuse('policies-unusable')
    : { ok: true, sessions, notes: [...notes] };
}

/** A record that was cut would be another one. */
function readRecord(datagram: JsonObject, notes: Set<DatagramNote>): { readonly record?: string } {
  const given = datagram['pr'];
  const isUsable =
    typeof given === 'string' &&
    given !== '' &&
    given.length <= DATAGRAM_LIMITS.record &&
    wellFormed(given) === given;
  if (isUsable) return { record: given };
  notes.add('record-unusable');
  return {};
}
