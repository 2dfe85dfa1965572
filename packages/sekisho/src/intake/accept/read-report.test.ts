import { describe, expect, it } from 'vitest';
import {
  changed,
  mailOf,
  setUpAcceptor,
} from '../../../../../test/fixtures/tls-reports/acceptor.ts';
import { FILE_NAME, REPORT } from '../../../../../test/fixtures/tls-reports/report-mail.ts';

describe('what a report leaves out (RFC 8460 §5.6)', () => {
  const withoutDomain = (id = '1') =>
    changed((report) => {
      delete report.policies[0]?.policy['policy-domain'];
      report['report-id'] = id;
    });
  const foreign = FILE_NAME.replace('example.com', 'example.org');

  it.each<[string, Buffer, string | undefined]>([
    ['the name of its part, which is signed', mailOf(withoutDomain(), foreign), 'example.org'],
    ['TLS-Report-Domain', mailOf(withoutDomain()), 'example.com'],
    [
      'a report-id with _',
      mailOf(withoutDomain('1795392000_idx1_example.com'), undefined, []),
      'example.com',
    ],
    [
      'a report-id with +',
      mailOf(withoutDomain('134232617934286362+example.com'), undefined, []),
      'example.com',
    ],
    ['nothing', mailOf(withoutDomain('1795392000_1234'), undefined, []), undefined],
    [
      'nothing, with an empty end',
      mailOf(withoutDomain('134232617934286362+'), undefined, []),
      undefined,
    ],
  ])('takes the policy domain from %s', async (_, mail, found) => {
    const { accept, kept } = setUpAcceptor();
    await accept(mail);
    expect(kept()[0]?.report.policies[0]?.policyDomain).toBe(found);
    const codes = kept()[0]?.issues.map(({ code }) => code);
    const recovered = found === undefined ? [] : ['policy-domain-recovered'];
    expect(codes).toEqual(['policy-domain-missing', ...recovered]);
  });

  it('RPT-5.6-1: believes the report where what is around it says something else', async () => {
    const { accept, kept } = setUpAcceptor();
    await accept(
      mailOf(Buffer.from(REPORT), foreign, [
        'TLS-Report-Domain: example.org',
        'TLS-Report-Submitter: mail.example.net',
      ]),
    );
    expect(kept()).toMatchObject([
      { submitter: 'example.net', report: { policies: [{ policyDomain: 'example.com' }] } },
    ]);
  });

  const withContact = (contact: unknown) =>
    mailOf(changed((report) => (report['contact-info'] = contact)));
  it.each<[string, Buffer, string]>([
    ['contact-info', withContact('tls@Sub.Example.net'), 'sub.example.net'],
    ['contact-info with a name', withContact('Ask Us <tls@sub.example.net>'), 'sub.example.net'],
    ['contact-info as a URI', withContact('mailto:tls@sub.example.net'), 'sub.example.net'],
    ['TLS-Report-Submitter', withContact(null), 'example.net'],
    [
      'the name of the part',
      mailOf(
        changed((report) => (report['contact-info'] = 'none')),
        FILE_NAME.replace('example.net', 'x.example.net'),
        [],
      ),
      'x.example.net',
    ],
    [
      'From',
      mailOf(
        changed((report) => (report['contact-info'] = '')),
        undefined,
        [],
      ),
      'example.net',
    ],
  ])('takes the reporter from %s', async (_, mail, submitter) => {
    const { accept, kept } = setUpAcceptor();
    await accept(mail);
    expect(kept()).toMatchObject([{ submitter, trust: { kind: 'verified' } }]);
  });

  it('says when octets are replaced', async () => {
    const { accept, kept } = setUpAcceptor();
    const json = Buffer.from(REPORT.replace('Example Net', 'Example \xff'), 'latin1');
    expect(await accept(mailOf(json))).toMatchObject({ kind: 'stored', repairs: 1 });
    expect(kept()[0]?.report.organizationName).toBe('Example \ufffd');
  });
});

describe('a report of very many values', () => {
  it.each([
    [400_000, 'stored'],
    [500_001, 'refused'],
  ])('of %i: %s', async (count, kind) => {
    const { post } = setUpAcceptor();
    const text = REPORT.replace('"policies":[', `"policies":[${'0,'.repeat(count)}`);
    expect((await post(Buffer.from(text))).kind).toBe(kind);
  });
});
