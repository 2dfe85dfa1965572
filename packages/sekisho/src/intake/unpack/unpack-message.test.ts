import { gzipSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import {
  buildReportMail,
  buildSinglePartMail,
  FILE_NAME,
  GZIPPED,
  type PartOfMail,
  REPORT,
  REPORT_FIELDS,
  reportPart,
  TEXT_PART,
  toBase64Lines,
} from '../../../../../test/fixtures/tls-reports/report-mail.ts';
import { decodePart } from './decode-part.ts';
import { DEFAULT_INTAKE_LIMITS as limits } from './limits.ts';
import { readHeader } from './read-header.ts';
import { readParts } from './read-parts.ts';
import { unpackMessage } from './unpack-message.ts';

const PLAIN = Buffer.from(REPORT);
const ZIPPED = zipSync({ [FILE_NAME]: strToU8(REPORT) });
const withPart = (part: PartOfMail) => buildReportMail({ parts: [TEXT_PART, part] });
/** Without anything in the message's header that says what it is. */
const unannounced = (...parts: PartOfMail[]) =>
  buildReportMail({ fields: [], contentType: 'multipart/mixed; boundary=b1', parts });
const unpack = (message: Buffer) => unpackMessage(message, limits);

const rawPart = (header: string[], body: string): PartOfMail => ({ header, body });
const HTML: PartOfMail = { header: ['Content-Type: text/html'], body: '<p>A report</p>' };
const gzipPart = reportPart('application/tlsrpt+gzip', GZIPPED);
const nested = rawPart(
  ['Content-Type: multipart/report; boundary=b2'],
  ['--b2', ...gzipPart.header, '', gzipPart.body, '--b2--'].join('\r\n'),
);
const quotedPrintable = REPORT.replaceAll('=', '=3D').replace(/.{70}/g, '$&=\r\n');
const split = Math.floor(FILE_NAME.length / 2);

describe('unpackMessage (RFC 8460 §5.3)', () => {
  it.each<[string, Buffer]>([
    ['a report as it should be: RPT-5.3-2, RPT-5.3-3, RPT-5.3-4', buildReportMail()],
    [
      'report-type without quotes',
      buildReportMail({ contentType: 'multipart/report; report-type=tlsrpt; boundary=b1' }),
    ],
    ['plain JSON', withPart(reportPart('application/tlsrpt+json', PLAIN, FILE_NAME))],
    [
      'plain JSON with a byte order mark',
      withPart(reportPart('application/tlsrpt+json', Buffer.from(`\ufeff${REPORT}`))),
    ],
    [
      'JSON without a transfer encoding',
      withPart(rawPart(['Content-Type: application/tlsrpt+json'], REPORT)),
    ],
    [
      'quoted-printable',
      withPart(
        rawPart(
          ['Content-Type: application/tlsrpt+json', 'Content-Transfer-Encoding: Quoted-Printable'],
          quotedPrintable,
        ),
      ),
    ],
    ['a bare application/tlsrpt', withPart(reportPart('application/tlsrpt', GZIPPED))],
    ['a zip labelled so', withPart(reportPart('application/tlsrpt+zip', ZIPPED))],
    ['a zip labelled gzip', withPart(reportPart('application/tlsrpt+gzip', ZIPPED))],
    [
      'plain JSON labelled gzip',
      withPart(reportPart('application/tlsrpt+gzip', PLAIN, `${FILE_NAME}.gz`)),
    ],
    ['gzip labelled JSON', withPart(reportPart('application/tlsrpt+json', GZIPPED, FILE_NAME))],
    ['a first part of HTML', buildReportMail({ parts: [HTML, gzipPart] })],
    [
      'a third part and a footer: RPT-5.3-9',
      buildReportMail({ parts: [TEXT_PART, gzipPart, HTML, TEXT_PART] }),
    ],
    ['a multipart within a list’s message', unannounced(nested, TEXT_PART)],
    ['application/gzip', unannounced(reportPart('application/gzip', GZIPPED, `${FILE_NAME}.gz`))],
    ['application/zip', unannounced(reportPart('application/zip', ZIPPED, 'report.zip'))],
    ['application/json', unannounced(reportPart('application/json', PLAIN))],
    [
      'octets with a name',
      unannounced(reportPart('application/octet-stream', GZIPPED, 'a.json.gz')),
    ],
    [
      'octets with a continued name',
      unannounced(
        rawPart(
          [
            'Content-Type: application/octet-stream;',
            ` name*0="${FILE_NAME.slice(0, split)}";`,
            `\tname*1="${FILE_NAME.slice(split)}"`,
            'Content-Transfer-Encoding: base64',
          ],
          toBase64Lines(GZIPPED),
        ),
      ),
    ],
    [
      'a name of a report on a type of another',
      unannounced(reportPart('text/x-any', GZIPPED, `${FILE_NAME}.gz`)),
    ],
    [
      'ContentType without its hyphen',
      unannounced(
        rawPart(
          ['ContentType: application/tlsrpt+gzip', 'Content-Transfer-Encoding: base64'],
          toBase64Lines(GZIPPED),
        ),
      ),
    ],
    ['an announced report under a wrong type', withPart(reportPart('image/png', GZIPPED))],
    [
      'a single part',
      buildSinglePartMail(
        ['Content-Type: application/tlsrpt+gzip', 'Content-Transfer-Encoding: base64'],
        toBase64Lines(GZIPPED),
      ),
    ],
    [
      'a single part of 8-bit gzip',
      buildSinglePartMail(
        ['Content-Type: application/tlsrpt+gzip', 'Content-Transfer-Encoding: binary'],
        GZIPPED,
      ),
    ],
    [
      'base64 that is not declared',
      withPart(rawPart(['Content-Type: application/tlsrpt+gzip'], toBase64Lines(GZIPPED))),
    ],
    [
      'base64 that is declared and is JSON',
      withPart(
        rawPart(
          ['Content-Type: application/tlsrpt+json', 'Content-Transfer-Encoding: base64'],
          REPORT,
        ),
      ),
    ],
    [
      'base64 in odd lines',
      withPart({
        ...gzipPart,
        body: gzipPart.body.replaceAll('\r\n', '').replace(/.{5}/g, '$&\n \t'),
      }),
    ],
    [
      'base64 with rubbish between',
      withPart({ ...gzipPart, body: gzipPart.body.replaceAll('\r\n', '!\r\n*') }),
    ],
    [
      'base64 padded in every line',
      withPart({
        ...gzipPart,
        body: [...Array(Math.ceil(GZIPPED.length / 10)).keys()]
          .map((at) => GZIPPED.subarray(at * 10, at * 10 + 10).toString('base64'))
          .join('\r\n'),
      }),
    ],
    [
      'a blank behind the semicolon and blanks behind the boundary',
      Buffer.from(
        buildReportMail().toString().replaceAll('--b1\r', '--b1 \t\r').replace('gzip', 'gzip; '),
      ),
    ],
    ['LF alone', Buffer.from(buildReportMail().toString().replaceAll('\r\n', '\n'))],
    ['no closing delimiter', Buffer.from(buildReportMail().toString().replace('--b1--\r\n', ''))],
    [
      'the line of an mbox before it',
      Buffer.concat([Buffer.from('From a Tue Nov 24 2026\n'), buildReportMail()]),
    ],
  ])('finds the report in %s', async (_, message) => {
    const { texts, problems } = await unpack(message);
    expect(problems).toEqual([]);
    expect(texts.map(({ bytes }) => bytes.toString().replace('\ufeff', '').trim())).toEqual([
      REPORT,
    ]);
  });

  it('says what the header says, and the name of the part', async () => {
    const { origin, texts } = await unpack(buildReportMail());
    const domains = { from: 'example.net', submitter: 'example.net', policyDomain: 'example.com' };
    expect(origin).toEqual({ ...domains, isClaimed: true });
    expect(texts).toMatchObject([{ fileName: `${FILE_NAME}.gz`, isClaimed: true }]);
  });

  it.each<[string, string | undefined]>([
    ['a@example.net', 'example.net'],
    ['"A, <b@evil.example>" <a@Example.NET>', 'example.net'],
    ['a@example.net, b@example.org', undefined],
    ['a@evil.example <b@example.net>', undefined],
    ['Group: a@example.net;', undefined],
    ['<a@example.net>\r\nFrom: b@example.net', undefined],
    ['<@relay.example:a@example.net>', undefined],
    ['nobody', undefined],
  ])('takes From %s for %s', async (from, domain) => {
    expect((await unpack(buildReportMail({ from }))).origin.from).toBe(domain);
  });

  const bounce = { header: ['Content-Type: message/rfc822'], body: buildReportMail().toString() };
  it.each<[string, Buffer]>([
    ['a letter', buildSinglePartMail([], 'Dear postmaster')],
    ['nothing at all', Buffer.alloc(0)],
    [
      'a report on DMARC',
      unannounced(TEXT_PART, reportPart('application/gzip', gzipSync('<a/>'), 'a!b!1!2.xml.gz')),
    ],
    [
      'a zipped report on DMARC',
      unannounced(
        reportPart('application/zip', zipSync({ 'a.xml': strToU8('<a/>') }), 'a!b!1!2.zip'),
      ),
    ],
    [
      'a bounce of a report',
      buildReportMail({
        fields: [],
        contentType: 'multipart/report; report-type=delivery-status; boundary=b1',
        parts: [TEXT_PART, { ...bounce, body: bounce.body.replaceAll('b1', 'b9') }],
      }),
    ],
    ['a letter of too many parts', unannounced(...Array<PartOfMail>(101).fill(TEXT_PART))],
    ['a photograph', unannounced(reportPart('image/png', Buffer.alloc(99), 'a.png'))],
    [
      'a broken archive of whatever',
      unannounced(reportPart('application/zip', ZIPPED.subarray(0, 40), 'a.zip')),
    ],
  ])('finds none in %s', async (_, message) => {
    expect(await unpack(message)).toMatchObject({ texts: [], problems: [] });
  });

  const deep = (levels: number): string =>
    [...Array(levels).keys()]
      .map((at) => `Content-Type: multipart/mixed; boundary=x${at}\r\n\r\n--x${at}\r\n`)
      .join('');
  it.each<[string, Buffer, RegExp]>([
    ['no part with a report', buildReportMail({ parts: [TEXT_PART] }), /no part of it/],
    [
      'a broken archive',
      withPart(reportPart('application/tlsrpt+gzip', GZIPPED.subarray(0, 50))),
      /too early/,
    ],
    [
      'too many parts',
      buildReportMail({ parts: Array<PartOfMail>(101).fill(TEXT_PART) }),
      /100 parts/,
    ],
    [
      'too many reports',
      buildReportMail({ parts: Array<PartOfMail>(17).fill(gzipPart) }),
      /16 reports/,
    ],
    ['too deep a nest', Buffer.from(`${REPORT_FIELDS.join('\r\n')}\r\n${deep(12)}`), /8 levels/],
    [
      'a boundary that is everywhere',
      Buffer.from(
        `${REPORT_FIELDS[0]}\r\nContent-Type: multipart/mixed; boundary=-\r\n\r\n${'--- x'.repeat(99_999)}`,
      ),
      /boundary occurs too often/,
    ],
    [
      'too long a header',
      Buffer.from(`A: ${'x'.repeat(300_000)}\r\n\r\n`),
      /header of the message/,
    ],
    [
      'too long a header of a part',
      withPart(rawPart([`A: ${'x'.repeat(300_000)}`], '')),
      /header of a part/,
    ],
  ])('refuses %s', async (_, message, problem) => {
    const { texts, problems } = await unpack(message);
    expect(texts).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  it('lets the reports of a message have the budget between them', async () => {
    const tight = { ...limits, reportBytes: REPORT.length * 2 - 1 };
    const { texts, problems } = await unpackMessage(
      buildReportMail({ parts: [gzipPart, gzipPart] }),
      tight,
    );
    expect(texts).toHaveLength(1);
    expect(problems).toEqual([expect.stringContaining('more than')]);
  });

  it.each(['\n', '--b1\n', '=\n', ' ', '--', 'H4sI', 'Content-Type: a/b; x="\n', '(', '\r'])(
    'takes little time for 10 MB of %j',
    async (text) => {
      const rest = text.repeat(10_000_000 / text.length);
      const head = buildReportMail({ parts: [] })
        .toString('latin1')
        .replace(
          '--b1--',
          '--b1\nContent-Type: application/tlsrpt+json\nContent-Transfer-Encoding: base64\n',
        );
      const before = performance.now();
      await unpack(Buffer.from(head + rest, 'latin1'));
      expect(performance.now() - before).toBeLessThan(5000);
    },
  );
});

describe('readParts beside another reader of MIME', () => {
  const line = fc.constantFrom(
    '',
    'text',
    '--b1',
    '--b1--',
    '--b1x',
    '-- ',
    '--b',
    'a: b',
    '{"a":1}',
    'SGVsbG8=',
  );
  const body = fc.array(line, { maxLength: 8 });
  const text = fc.record({
    type: fc.constantFrom('application/json', 'application/gzip', 'application/octet-stream'),
    name: fc.constantFrom('', '; name=a.json', '; name="a b.gz"', '; name*0="a!";\r\n\tname*1=b'),
    isBase64: fc.boolean(),
    body,
    lineEnd: fc.constantFrom('\r\n', '\n'),
  });
  // JSON that is declared to be base64 is read as JSON, on purpose.
  const part = text.filter(
    ({ isBase64, body }) => !isBase64 || !body.join('').trim().startsWith('{'),
  );

  it('finds the same parts', async () => {
    const run = fc.asyncProperty(
      fc.array(part, { maxLength: 4 }),
      body,
      async (parts, preamble) => {
        const mail = [
          'Content-Type: multipart/mixed; boundary="b1"',
          '',
          ...preamble.filter((each) => !each.startsWith('--b1')),
          ...parts.flatMap(({ type, name, isBase64, body, lineEnd }) =>
            [
              '--b1',
              `Content-Type: ${type}${name}`,
              ...(isBase64 ? ['Content-Transfer-Encoding: base64'] : []),
              '',
              ...body,
            ].join(lineEnd),
          ),
          '--b1--',
        ].join('\r\n');
        const expected = (await PostalMime.parse(mail)).attachments.map(
          ({ mimeType, filename, content }) => ({
            type: mimeType,
            fileName: filename ?? undefined,
            text: Buffer.from(content as ArrayBuffer)
              .toString('latin1')
              .trimEnd(),
          }),
        );
        const message = Buffer.from(mail);
        const header = readHeader(message, limits);
        const read = header && readParts(header, message.subarray(header.bodyStart), limits);
        const found = read?.kind === 'parts' ? read.parts : [];
        const ours = found
          .filter(({ type }) => type.startsWith('application/'))
          .map((each) => ({
            type: each.type,
            fileName: each.fileName,
            text: decodePart(each).toString('latin1').replaceAll('\r\n', '\n').trimEnd(),
          }));
        expect(ours.filter(({ text }) => text !== '')).toEqual(
          expected.filter(({ text }) => text !== ''),
        );
      },
    );
    await fc.assert(run, { numRuns: 1000 });
  });
});
