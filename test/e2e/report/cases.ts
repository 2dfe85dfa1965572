import { mxHost } from '../world/addresses.ts';
import { policyFor, site, type Site } from '../world/case.ts';

/** A domain that gets mail and asks for reports, and what its report must say. */
export interface ReportCase {
  readonly domain: string;
  readonly what: string;
  readonly site: Site;
  readonly messages: number;
  readonly mail: 'delivered' | 'deferred';
  /** What each message counts as in the report; `nothing`: the domain gets none. */
  readonly counted: 'success' | 'failure' | 'nothing';
  /** What the explanation must find, and at which MX host. */
  readonly finding?: { readonly code: string; readonly mxHost?: string };
  /** How the report comes. Default `lmtp`. */
  readonly channel?: 'lmtp' | 'post';
  /** Where Postfix tells less than there is to tell, whatever a policy table answers. */
  readonly deviation?: string;
}

export const HEALTHY = 'healthy.lab.test';

export const CASES: readonly ReportCase[] = [
  {
    domain: HEALTHY,
    what: 'enforce, all is well',
    site: site(),
    messages: 2,
    mail: 'delivered',
    counted: 'success',
  },
  {
    domain: 'expired.lab.test',
    what: 'enforce, the certificate of the MX is out of date',
    site: site({ mx: ['expired'], policy: policyFor('enforce', 'expired') }),
    messages: 3,
    mail: 'deferred',
    counted: 'failure',
    finding: { code: 'certificate-expired', mxHost: mxHost('expired') },
  },
  {
    domain: 'stripped.lab.test',
    what: 'enforce, no STARTTLS',
    site: site({ mx: ['stripped'], policy: policyFor('enforce', 'stripped') }),
    messages: 2,
    mail: 'deferred',
    counted: 'failure',
    finding: { code: 'starttls-missing', mxHost: mxHost('stripped') },
  },
  {
    domain: 'testing.lab.test',
    what: 'testing, the certificate of the MX is out of date',
    site: site({ mx: ['expired'], policy: policyFor('testing', 'expired') }),
    messages: 2,
    mail: 'delivered',
    counted: 'success',
    deviation:
      'where TLS is not required, Postfix 3.10 tells of a success whatever the certificate is',
  },
  {
    domain: 'plain.lab.test',
    what: 'no policy, no STARTTLS',
    site: site({ mx: ['stripped'], txt: [] }),
    messages: 2,
    mail: 'delivered',
    counted: 'nothing',
    deviation: 'where TLS is not required, Postfix 3.10 tells nothing of sessions without it',
  },
  {
    domain: 'open.lab.test',
    what: 'no policy, TLS all the same',
    site: site({ txt: [] }),
    messages: 1,
    mail: 'delivered',
    counted: 'success',
  },
  {
    domain: 'unfetchable.lab.test',
    what: 'the policy host answers 404',
    site: site({ policyHost: 'not-found' }),
    messages: 2,
    mail: 'delivered',
    counted: 'success',
    finding: { code: 'policy-unfetchable' },
  },
  {
    domain: 'posted.lab.test',
    what: 'wants its reports by HTTPS',
    site: site({ mx: ['second'], policy: policyFor('enforce', 'second') }),
    messages: 2,
    mail: 'delivered',
    counted: 'success',
    channel: 'post',
  },
];

/** Those that get a report. */
export const REPORTED = CASES.filter(({ counted }) => counted !== 'nothing');
