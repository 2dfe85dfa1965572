import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../io/clock/index.ts';
import { createFakeDkimVerifier, fakeDkimSignature } from '../../io/dkim-verify/index.ts';
import type { ArrivedReport } from '../store/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import { createAcceptor } from './create-acceptor.ts';

/** Reports of others are not ours to publish: they may lie beside the project. */
const FOLDER = fileURLToPath(new URL('../../../../../../shared/tlsrpt-samples/', import.meta.url));
const files = existsSync(FOLDER)
  ? readdirSync(FOLDER).filter((name) => /\.(?:json|eml)$/.test(name))
  : [];

/** What has to be repaired in each, and whose it is. */
const EXPECTED: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  '01-mailru.json': ['corp.mail.ru', ['end-exclusive']],
  '03-google-style-anonymised.json': ['example.com', []],
  '04-google-phiag.json': ['google.com', []],
  '05-microsoft-phiag.json': ['microsoft.com', []],
  '06-microsoft-no-timezone-phiag.json': ['microsoft.com', ['date-without-zone']],
  '08-google-cryinc.json': ['google.com', []],
  '09-microsoft-tlsa-stringified-array-cryinc.json': ['microsoft.com', ['policy-string-packed']],
  '10-stalwart-null-contact-cryinc.json': ['server.com', ['end-exclusive', 'contact-missing']],
  '13-google-mox.eml': ['google.com', []],
  '16-microsoft-2026-html-body-isseis.eml': ['microsoft.com', []],
};

describe.skipIf(files.length === 0)('reports as they are really written', () => {
  it.each(files)('%s is kept', async (file) => {
    const kept: ArrivedReport[] = [];
    const acceptor = createAcceptor({
      store: {
        putReport: async (arrived) => {
          kept.push(arrived);
          return { kind: 'stored', reportId: '1' };
        },
        putRefused: async () => {},
      },
      verifyDkim: createFakeDkimVerifier(
        ['google.com', 'microsoft.com'].map((domain) => fakeDkimSignature({ domain })),
      ),
      clock: createFakeClock(),
      log: createMemoryLog(),
    });
    const bytes = readFileSync(`${FOLDER}${file}`);
    const isMessage = file.endsWith('.eml');
    const acceptance = isMessage
      ? await acceptor.acceptMessage({ channel: 'maildir', bytes })
      : await acceptor.acceptBody({ channel: 'file', bytes, from: file });
    expect(acceptance.kind).toBe('stored');
    const repairs = kept[0]?.issues
      .filter(({ severity }) => severity === 'tolerated')
      .map(({ code }) => code);
    expect([kept[0]?.submitter, [...new Set(repairs)]]).toEqual(EXPECTED[file]);
    expect(kept[0]?.trust.kind).toBe(isMessage ? 'verified' : 'unauthenticated');
  });
});
