import {
  parseStsRecord,
  parseTlsrptRecord,
  selectStsRecord,
  type TlsrptRecord,
} from '@sekisho/spec';
import { escapeText } from '../../io/log/index.ts';
import type { Finding, WantedRecord } from './wanted-record.ts';

const LONGEST_SHOWN = 300;

/** Compares the MTA-STS records among the texts of a name with the one wanted (RFC 8461 §3.1). */
export function compareSignalling({ value }: WantedRecord, texts: readonly string[]): Finding {
  const ours = texts.filter((text) => /^v=STSv1[ \t;]/.test(text));
  if (ours.length === 0) return { kind: 'missing' };
  const found = ours.map(show);
  const selected = selectStsRecord(texts);
  if (selected.kind === 'multiple') {
    return { kind: 'different', found, note: 'several MTA-STS records count as none' };
  }
  if (selected.kind !== 'record') {
    return { kind: 'different', found, note: 'the record is malformed and counts as none' };
  }
  const wanted = parseStsRecord(value);
  return wanted.ok && wanted.value.id === selected.record.id
    ? { kind: 'right' }
    : { kind: 'different', found, note: 'the id is another one' };
}

/** Compares the TLSRPT records among the texts of a name with the one wanted (RFC 8460 §3). */
export function compareReports({ value }: WantedRecord, texts: readonly string[]): Finding {
  const ours = texts.filter((text) => text.startsWith('v=TLSRPTv1;'));
  if (ours.length === 0) return { kind: 'missing' };
  const found = ours.map(show);
  const [only] = ours;
  if (only === undefined || ours.length > 1) {
    return { kind: 'different', found, note: 'several TLSRPT records count as none' };
  }
  const parsed = parseTlsrptRecord(only);
  if (!parsed.ok) return { kind: 'different', found, note: 'the record is malformed' };
  const missing = wantedUris(value).filter((uri) => !parsed.value.rua.includes(uri));
  return missing.length === 0
    ? { kind: 'right' }
    : { kind: 'different', found, note: `rua lacks ${missing.join(', ')}` };
}

function wantedUris(value: string): TlsrptRecord['rua'] {
  const wanted = parseTlsrptRecord(value);
  return wanted.ok ? wanted.value.rua : [];
}

function show(text: string): string {
  return escapeText(text.slice(0, LONGEST_SHOWN));
}
