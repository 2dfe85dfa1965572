import { isIPv4, isIPv6 } from 'node:net';
import type { Answer } from 'dns-packet';
import { normalName } from './chain.ts';
import type { CaaRecord, MxRecord, TlsaRecord, TxtRecord } from './resolver.ts';

/** Takes what we want from a decoded record; nothing from one of another type. */
export type RecordReader<T> = (record: Answer) => readonly T[];

/** Joins the strings of one record, never those of two (RFC 8461 §3.1). */
export const readTxt: RecordReader<TxtRecord> = (record) => {
  if (record.type !== 'TXT') return [];
  const strings = Array.isArray(record.data) ? record.data : [record.data];
  return [
    strings.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))).join(''),
  ];
};

export const readMx: RecordReader<MxRecord> = (record) =>
  record.type === 'MX'
    ? [{ preference: record.data.preference ?? 0, exchange: normalName(record.data.exchange) }]
    : [];

export const readA: RecordReader<string> = (record) =>
  record.type === 'A' && isIPv4(record.data) ? [record.data] : [];

export const readAaaa: RecordReader<string> = (record) =>
  record.type === 'AAAA' && isIPv6(record.data) ? [record.data] : [];

export const readNs: RecordReader<string> = (record) =>
  record.type === 'NS' ? [normalName(record.data)] : [];

export const readCaa: RecordReader<CaaRecord> = (record) => {
  if (record.type !== 'CAA' || Buffer.isBuffer(record.data)) return [];
  const { flags = 0, tag, value } = record.data;
  return [{ isCritical: (flags & 0x80) !== 0, tag: tag.toLowerCase(), value }];
};

export const readTlsa: RecordReader<TlsaRecord> = (record) => {
  if (record.type !== 'TLSA' || Buffer.isBuffer(record.data)) return [];
  const { usage, selector, matchingType, certificate } = record.data;
  return [{ usage, selector, matchingType, data: certificate.toString('hex') }];
};
