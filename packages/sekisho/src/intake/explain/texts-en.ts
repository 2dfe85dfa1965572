import type { Facts, Texts } from './texts.ts';

const mx = ({ mxHost, addresses = [] }: Facts): string => {
  const where = addresses.length === 0 ? '' : ` at ${addresses.join(', ')}`;
  return mxHost === undefined ? `An MX host that is not named${where}` : `MX ${mxHost}${where}`;
};

/** What senders say of failures, in English. */
export const TEXTS_EN: Texts = {
  findings: {
    'mx-not-in-policy': {
      meaning: (facts) => `${mx(facts)} matches no mx pattern of the policy that senders have.`,
      remedy: ({ mxHost }) =>
        `Add ${mxHost ?? 'the host'} to the policy, or take it out of the MX records; then let the new policy reach all senders before anything else changes.`,
    },
    'starttls-missing': {
      meaning: (facts) => `${mx(facts)} did not offer STARTTLS.`,
      remedy: () =>
        'Turn on TLS in the mail server; if it is on, look for a firewall or a proxy that takes STARTTLS out of the conversation.',
    },
    'certificate-host-mismatch': {
      meaning: (facts) =>
        facts.isDane
          ? `The certificate of ${mx(facts)} does not fit the name that DANE demands.`
          : `The certificate of ${mx(facts)} has another name than the host.`,
      remedy: ({ mxHost }) =>
        `Install a certificate with the DNS name ${mxHost ?? 'of the MX host'}, and see that the server does not choose another one by SNI.`,
    },
    'certificate-expired': {
      meaning: (facts) => `The certificate of ${mx(facts)} has expired.`,
      remedy: () =>
        'Renew it, reload the mail server, and find out why the renewal did not happen by itself; see that every address has the new one.',
    },
    'certificate-not-trusted': {
      meaning: (facts) =>
        `The certificate of ${mx(facts)} comes from no authority that senders trust.`,
      remedy: ({ isDane }) =>
        isDane
          ? 'Compare the TLSA records with the certificate that is in use.'
          : 'Install a certificate of a public authority, with all intermediate certificates.',
    },
    'negotiation-failed': {
      meaning: (facts) => `TLS with ${mx(facts)} failed for a reason that has no type of its own.`,
      remedy: ({ reasons = [] }) =>
        reasons.length === 0
          ? 'No reporter says why. Try the host from outside, and look into the log of the mail server for the same days.'
          : 'Look up the reason given, and the log of the mail server for the same days; old TLS versions and a failing key are common causes.',
    },
    'policy-unfetchable': {
      meaning: ({ policyHost }) => `Senders could not fetch the policy from ${policyHost}.`,
      remedy: ({ policyHost }) =>
        `See that ${policyHost} answers from outside on every address, IPv6 as well, with status 200 and without a redirect; compare with the log of the policy host for the same days.`,
    },
    'policy-invalid': {
      meaning: ({ policyHost }) =>
        `Senders fetched the policy from ${policyHost} and could not use it.`,
      remedy: () => 'Check the text of the policy, line by line, as it is served.',
    },
    'policy-host-untrusted': {
      meaning: ({ policyHost }) =>
        `Senders did not trust the certificate of ${policyHost}, and took no policy from it.`,
      remedy: ({ policyHost }) =>
        `Check the certificate of ${policyHost}: name, end, intermediate certificates, on every address.`,
    },
    'tlsa-invalid': {
      meaning: (facts) => `DANE: no TLSA record of ${mx(facts)} is valid.`,
      remedy: () =>
        'Compare the TLSA records with the certificate in use; publish the record of a new certificate before it is installed.',
    },
    'dnssec-invalid': {
      meaning: (facts) => `DANE: DNSSEC of ${mx(facts)} does not validate.`,
      remedy: () =>
        'Check the DNSSEC chain and the end of its signatures for the zone of the MX host.',
    },
    'dane-required': {
      meaning: (facts) =>
        `DANE: a sender demands it, and found no valid TLSA record of ${mx(facts)}.`,
      remedy: () => 'Publish TLSA records for the MX host, or come to terms with that sender.',
    },
    'unknown-result': {
      meaning: (facts) => `${mx(facts)}: failures of a type that is not known here.`,
      remedy: () => 'Read the report itself, and ask the reporter by its contact address.',
    },
    'reporter-silent': {
      meaning: ({ reporters = [], missedDays = 0, lastDay = '', usualDays = 1 }) =>
        `${reporters[0] ?? ''} has not reported for ${missedDays} days, and usually does every ${usualDays === 1 ? 'day' : `${usualDays} days`}. Its last report is about ${lastDay}.`,
      remedy: () =>
        'See that reports still arrive from others, that the TLSRPT record stands, and that the mailbox or address in it accepts mail; it may also be that no mail came from there.',
    },
    'reporter-new': {
      meaning: ({ reporters = [], firstDay = '' }) =>
        `${reporters[0] ?? ''} reports since ${firstDay}, and did not before.`,
      remedy: () => 'Nothing has to be done.',
    },
    'sessions-dropped': {
      meaning: ({ sessions = 0, before = 0 }) =>
        `Reports speak of ${sessions} sessions, and of ${before} in as many days before.`,
      remedy: () =>
        'See whether less mail comes in, or fewer reports do; a sender that cannot deliver at all reports nothing.',
    },
    'no-reports': {
      meaning: () => 'No verified report came in these days.',
      remedy: () =>
        'Check the TLSRPT record and the mailbox or address in it; a new record brings its first reports after a day or two.',
    },
  },
  seen: (facts) => {
    const {
      sessions = 0,
      firstDay = '',
      lastDay = '',
      reporters = [],
      reach,
      allReporters = 0,
    } = facts;
    const when = firstDay === lastDay ? `on ${firstDay}` : `from ${firstDay} to ${lastDay}`;
    const count = sessions === 1 ? '1 session' : `${sessions} sessions`;
    const reasons = facts.reasons?.length ? ` Reason given: ${facts.reasons.join('; ')}.` : '';
    const who = {
      'only-reporter': ` by ${reporters[0] ?? ''}, the only reporter`,
      'one-of-several': ` by ${reporters[0] ?? ''} alone of ${allReporters} reporters: the cause may lie at their side, or on the way to them`,
      some: ` by ${reporters.length} of ${allReporters} reporters (${reporters.join(', ')})`,
      all: ` by all ${allReporters} reporters`,
    }[reach ?? 'all'];
    return ` ${count} ${when}, reported${who}.${reasons}`;
  },
  effect: ({ modes = [], isDane = false }) => {
    if (isDane) return ' Senders with DANE did not deliver these at that attempt.';
    if (modes.includes('enforce'))
      return ' Under enforce, this mail was not delivered at that attempt.';
    if (modes.includes('testing')) return ' Under testing, it was delivered all the same.';
    return '';
  },
};
