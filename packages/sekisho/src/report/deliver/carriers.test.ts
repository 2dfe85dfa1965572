import { generateKeyPairSync } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { type Domain, parseDomain } from '@sekisho/spec';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../io/clock/index.ts';
import { createDkimSigner, type DkimSigner } from '../../io/dkim-sign/index.ts';
import { IoError } from '../../io/error.ts';
import { createFakeMailOut } from '../../io/mail-out/index.ts';
import { createFakeReportPost } from '../../io/report-post/index.ts';
import type { CarryResult, ReportCarrier, ReportParcel } from './carrier.ts';
import { createMailCarrier, createPostCarrier } from './carriers.ts';
import { SIGNED_FIELDS } from './report-message.ts';

function domain(text: string): Domain {
  const result = parseDomain(text);
  if (!result.ok) throw new Error(text);
  return result.value;
}

const clock = createFakeClock();
const from = 'tlsrpt@example.net';
const parcel: ReportParcel = {
  reportId: '20261123.1@example.net',
  policyDomain: domain('example.com'),
  startMs: Date.UTC(2026, 10, 23),
  endMs: Date.UTC(2026, 10, 24),
  destination: 'mailto:reports@example.com',
  json: '{"organization-name":"Example"}',
};
const beforeCommit = (): Promise<void> => Promise.resolve();

function signerOf(name: string): DkimSigner {
  const { privateKey } = generateKeyPairSync('ed25519');
  return createDkimSigner({
    domain: domain(name),
    selector: 'tlsrpt',
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    signedFields: SIGNED_FIELDS,
  });
}

describe('createMailCarrier (RFC 8460 §5.3)', () => {
  it('RPT-3-10: mails to the address of the URI, from the address of contact-info', async () => {
    const mailOut = createFakeMailOut();
    const carrier = createMailCarrier({ clock, mailOut, from });
    expect((await carrier.carry(parcel, { beforeCommit })).kind).toBe('taken');
    expect(mailOut.sent).toMatchObject([{ from, to: 'reports@example.com' }]);
    expect(mailOut.sent[0]?.message.toString()).not.toContain('DKIM-Signature');
  });

  it('uses the null sender when told so', async () => {
    const mailOut = createFakeMailOut();
    const carrier = createMailCarrier({ clock, mailOut, from, usesNullSender: true });
    await carrier.carry(parcel, { beforeCommit });
    expect(mailOut.sent[0]?.from).toBe('');
    expect(mailOut.sent[0]?.message.toString()).toContain(`From: <${from}>`);
  });

  it('RPT-3-13, RPT-3-15, RPT-5.3-7: signs as the submitter, all of the body and both fields', async () => {
    const mailOut = createFakeMailOut();
    const signer = signerOf('example.net');
    await createMailCarrier({ clock, mailOut, from, signer }).carry(parcel, { beforeCommit });
    const message = mailOut.sent[0]?.message ?? Buffer.alloc(0);
    const { results } = await dkimVerify(message, {
      curTime: new Date(clock.now()),
      resolver: () => Promise.resolve([[signer.recordText.replace('s=tlsrpt', 's=*')]]),
    });
    expect(results).toMatchObject([{ signingDomain: 'example.net', status: { result: 'pass' } }]);
    const head = message.toString('latin1').split('\r\n\r\n')[0] ?? '';
    const [signature = ''] = /^DKIM-Signature:(?:.*\r\n[ \t])*.*/m.exec(head) ?? [];
    const tags = new Map(
      signature
        .replace('DKIM-Signature:', '')
        .replaceAll(/\s/g, '')
        .split(';')
        .map((tag): [string, string] => [
          tag.slice(0, tag.indexOf('=')),
          tag.slice(tag.indexOf('=') + 1),
        ]),
    );
    expect(tags.get('d')).toBe('example.net');
    expect(tags.has('l')).toBe(false);
    const signed = tags.get('h')?.toLowerCase().split(':') ?? [];
    expect(signed.sort()).toEqual(SIGNED_FIELDS.map((name) => name.toLowerCase()).sort());
  });

  it.each([['mailto:a@example.com%0D%0ADATA'], ['https://example.com/'], ['mailto:x']])(
    'refuses the destination %s',
    async (destination) => {
      const mailOut = createFakeMailOut();
      const carrier = createMailCarrier({ clock, mailOut, from });
      const result = await carrier.carry({ ...parcel, destination }, { beforeCommit });
      expect(result.kind).toBe('refused');
      expect(mailOut.sent).toEqual([]);
    },
  );

  it('refuses a report-id that cannot be in a subject', async () => {
    const carrier = createMailCarrier({ clock, mailOut: createFakeMailOut(), from });
    const result = await carrier.carry({ ...parcel, reportId: 'x' }, { beforeCommit });
    expect(result).toMatchObject({
      kind: 'refused',
      problem: expect.stringContaining('Report-ID'),
    });
  });

  it('tries again later when signing fails', async () => {
    const cause = new IoError('dkim-signing-failed', 'Cannot sign', { temporary: false });
    const signer = { ...signerOf('example.net'), sign: () => Promise.reject(cause) };
    const carrier = createMailCarrier({ clock, mailOut: createFakeMailOut(), from, signer });
    const result = await carrier.carry(parcel, { beforeCommit });
    expect(result).toEqual({ kind: 'later', problem: 'Cannot sign' });
  });

  it.each([
    ['an address that is none', 'tlsrpt', undefined],
    ['an address outside ASCII', 'tlsrpt@bücher.example', undefined],
    ['AMB-69: a signer for another domain', from, signerOf('example.org')],
  ])('cannot be made with %s', (_title, address, signer) => {
    const mailOut = createFakeMailOut();
    const options = { clock, mailOut, from: address, ...(signer !== undefined && { signer }) };
    expect(() => createMailCarrier(options)).toThrow(TypeError);
  });
});

describe('createPostCarrier (RFC 8460 §5.4)', () => {
  it('RPT-5.4-1, RPT-5.4-2: posts the bare report, compressed', async () => {
    const reportPost = createFakeReportPost();
    const destination = 'https://collector.example.com/tlsrpt';
    const carrier = createPostCarrier({ reportPost });
    const result = await carrier.carry({ ...parcel, destination }, { beforeCommit });
    expect(result).toEqual({ kind: 'taken', detail: 'status is 201' });
    const [sent] = reportPost.sent;
    expect(sent).toMatchObject({ url: destination, contentType: 'application/tlsrpt+gzip' });
    expect(gunzipSync(sent?.body ?? '').toString()).toBe(parcel.json);
  });
});

describe('every carrier', () => {
  const carriers: [string, (outcome?: CarryResult) => ReportCarrier][] = [
    [
      'mail',
      (outcome) => {
        const mailOut = createFakeMailOut();
        if (outcome !== undefined) mailOut.outcome = outcome;
        return createMailCarrier({ clock, mailOut, from });
      },
    ],
    [
      'https',
      (outcome) => {
        const reportPost = createFakeReportPost();
        if (outcome !== undefined) reportPost.outcome = outcome;
        return createPostCarrier({ reportPost });
      },
    ],
  ];

  it.each(carriers)('by %s rejects when the commit does', async (_title, create) => {
    const gone = () => Promise.reject(new Error('store is gone'));
    await expect(create().carry(parcel, { beforeCommit: gone })).rejects.toThrow('store is gone');
  });

  it.each(carriers)('by %s rejects when the commit throws at once', async (_title, create) => {
    const gone = (): Promise<void> => {
      throw new Error('store is gone');
    };
    await expect(create().carry(parcel, { beforeCommit: gone })).rejects.toThrow('store is gone');
  });

  it.each(carriers)('by %s gives the outcome as it is', async (_title, create) => {
    for (const kind of ['later', 'refused', 'unknown'] as const) {
      const result = await create({ kind, problem: 'it is so' }).carry(parcel, { beforeCommit });
      expect(result).toEqual({ kind, problem: 'it is so' });
    }
  });

  it.each(carriers)('by %s does nothing when cancelled before', async (_title, create) => {
    let commits = 0;
    const result = await create().carry(parcel, {
      beforeCommit: () => {
        commits += 1;
        return Promise.resolve();
      },
      signal: AbortSignal.abort(),
    });
    expect([result.kind, commits]).toEqual(['later', 0]);
  });
});
