import { gunzipSync } from 'node:zlib';
import { type Domain, parseDomain, parseReportFileName } from '@sekisho/spec';
import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import type { ReportParcel } from './carrier.ts';
import { type MailAddress, parseMailAddress } from './mail-address.ts';
import { buildReportMessage } from './report-message.ts';

function domain(text: string): Domain {
  const result = parseDomain(text);
  if (!result.ok) throw new Error(text);
  return result.value;
}

function address(text: string): MailAddress {
  const result = parseMailAddress(text);
  if (result === undefined) throw new Error(text);
  return result;
}

const START_MS = Date.UTC(2026, 10, 23);
const parcel: ReportParcel = {
  reportId: '20261123.1@example.net',
  policyDomain: domain('example.com'),
  startMs: START_MS,
  endMs: START_MS + 86_400_000,
  destination: 'mailto:reports@example.com',
  json: JSON.stringify({
    'organization-name': 'Example',
    'contact-info': 'tlsrpt@example.net',
    filler: 'x'.repeat(10_000),
  }),
};
const options = {
  from: address('tlsrpt@example.net'),
  to: address('reports@example.com'),
  date: new Date(Date.UTC(2026, 10, 24, 1, 2, 3)),
};

const built = buildReportMessage(parcel, options);
const text = built.toString('latin1');
const header = text.slice(0, text.indexOf('\r\n\r\n'));
/** Values by lower-case name, unfolded. */
const fields = new Map(
  header
    .replaceAll(/\r\n(?=[ \t])/g, '')
    .split('\r\n')
    .map((line): [string, string] => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
    }),
);

describe('buildReportMessage (RFC 8460 §5.3)', () => {
  it('RPT-5.3-1, RPT-5.3-2, RPT-6.2-1: is a multipart/report of the type tlsrpt', () => {
    expect(fields.get('content-type')).toMatch(
      /^multipart\/report; report-type="tlsrpt"; boundary="[^"]+"$/,
    );
  });

  it('RPT-5.3-3, RPT-5.3-4: has two parts, text for people and the compressed report', () => {
    const [, boundary = ''] = /boundary="([^"]+)"/.exec(header) ?? [];
    const [, first = '', second = '', rest] = text.split(`--${boundary}`);
    expect(first).toMatch(/^\r\nContent-Type: text\/plain/);
    expect(second).toMatch(/^\r\nContent-Type: application\/tlsrpt\+gzip\r\n/);
    expect(rest).toBe('--\r\n');
    expect(text.split(boundary)).toHaveLength(5);
  });

  it('RPT-5.2-1, RPT-6.5-1, RPT-5.1-4: is read back by another program', async () => {
    const mail = await PostalMime.parse(built);
    expect(mail.text).toContain('This is a report about TLS');
    expect(mail.attachments).toHaveLength(1);
    const [{ mimeType, filename, content } = { mimeType: '', filename: '', content: '' }] =
      mail.attachments;
    expect(mimeType).toBe('application/tlsrpt+gzip');
    const bytes = Buffer.from(content as ArrayBuffer);
    expect(bytes.subarray(0, 2).toString('hex')).toBe('1f8b');
    expect(gunzipSync(bytes).toString()).toBe(parcel.json);
    expect(mail.from).toMatchObject({ address: 'tlsrpt@example.net' });
    expect(mail.to).toMatchObject([{ address: 'reports@example.com' }]);
    expect(mail.date).toBe('2026-11-24T01:02:03.000Z');
    expect(filename).toMatch(/\.json\.gz$/);
  });

  it('RPT-5.1-1, RPT-5.1-2, RPT-5.1-5: names the file', () => {
    const [, fileName = ''] = / filename="([^"]+)"/.exec(text) ?? [];
    expect(fileName).toMatch(
      /^example\.net!example\.com!1795392000!1795478399![0-9a-f]{8}\.json\.gz$/,
    );
    expect(parseReportFileName(fileName)?.policyDomain).toBe('example.com');
    const other = buildReportMessage({ ...parcel, reportId: '20261123.2@example.net' }, options);
    expect(other.toString()).not.toContain(fileName);
  });

  it('RPT-5.1-3: uses A-labels everywhere', () => {
    const policyDomain = domain('xn--bcher-kva.example');
    const message = buildReportMessage({ ...parcel, policyDomain }, options).toString();
    expect(message).toContain('!xn--bcher-kva.example!');
    expect(message).toContain('TLS-Report-Domain: xn--bcher-kva.example\r\n');
  });

  it('RPT-5.3-5, RPT-6.1-1: names both domains in fields of their own', () => {
    expect(fields.get('tls-report-domain')).toBe('example.com');
    expect(fields.get('tls-report-submitter')).toBe('example.net');
  });

  it('RPT-5.3-6: is submitted by the domain of contact-info, which sends it', () => {
    const { 'contact-info': contact } = JSON.parse(parcel.json) as Record<string, string>;
    expect(contact?.split('@')[1]).toBe(fields.get('tls-report-submitter'));
    expect(fields.get('from')).toBe(`<${contact}>`);
  });

  it('RPT-5.3-8: has the subject, which may be folded', () => {
    expect(fields.get('subject')).toBe(
      'Report Domain: example.com Submitter: example.net Report-ID: <20261123.1@example.net>',
    );
  });

  it('RPT-3-11, RPT-5.3.1-1: asks every server on the way to deliver it without TLS too', () => {
    expect(fields.get('tls-required')).toBe('No');
  });

  it('does not ask for automatic answers', () => {
    expect(fields.get('auto-submitted')).toBe('auto-generated');
  });

  it('is the same for the same input, and its Message-ID for the same report', () => {
    expect(buildReportMessage(parcel, options).equals(built)).toBe(true);
    const later = buildReportMessage(parcel, { ...options, date: new Date(0) }).toString();
    expect(later).toContain(`Message-ID: ${fields.get('message-id')}\r\n`);
    expect(fields.get('message-id')).toMatch(/^<[0-9a-f]{40}\.tlsrpt@example\.net>$/);
    const other = buildReportMessage({ ...parcel, reportId: '2@example.net' }, options);
    expect(other.toString()).not.toContain(fields.get('message-id'));
  });

  it.each([
    ['short names', 'example.com', 'example.net', 78],
    ['the longest names', `${'a.'.repeat(124)}test`, `${'b.'.repeat(100)}test`, 998],
  ])('is ASCII in lines with CRLF that are not too long, with %s', (_title, to, from, longest) => {
    const message = buildReportMessage(
      { ...parcel, policyDomain: domain(to), reportId: `1@${from}` },
      { ...options, from: address(`t@${from}`) },
    );
    const lines = message.toString('latin1').split('\r\n');
    expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(longest);
  });

  it.each([['no-at-sign'], ['a b@example.net'], ['a@example.net\r\nBcc: x@example.org'], ['']])(
    'refuses %j as a report-id',
    (reportId) => {
      expect(() => buildReportMessage({ ...parcel, reportId }, options)).toThrow(TypeError);
    },
  );
});
