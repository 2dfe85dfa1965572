import { choice, group, wholeNumber } from '../setting-types.ts';

const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 604_800;

const uncertaintyGroup = group(
  'What a domain without a cached policy gets when the DNS does not tell whether it has one. `temp` makes Postfix wait with the mail; an attacker who can disturb the DNS then delays mail instead of stripping protection.',
  {
    servfail: choice(['notfound', 'temp'], 'notfound', {
      description:
        'The answer when the resolver reports an error (SERVFAIL, REFUSED and the like).',
    }),
    timeout: choice(['notfound', 'temp'], 'notfound', {
      description: 'The answer when no resolver answers in time.',
    }),
    tempSeconds: wholeNumber(600, {
      min: 1,
      max: DAY_SECONDS,
      unit: 'seconds',
      description: 'How long one domain can get `temp` at most; afterwards it gets `notfound`.',
    }),
  },
);

/** `policies`: how long what is known counts as known. */
export const policiesGroup = group(
  'How policies are kept and refreshed (RFC 8461 §3.3, §5.1, §10.2).',
  {
    recheckSeconds: wholeNumber(300, {
      min: 0,
      max: DAY_SECONDS,
      unit: 'seconds',
      description:
        'A policy in use whose id was compared with the DNS longer ago than this is compared again, in the background; the answer does not wait.',
    }),
    refreshSeconds: wholeNumber(DAY_SECONDS, {
      min: 1,
      max: WEEK_SECONDS,
      unit: 'seconds',
      description:
        'Every policy is fetched again about this often (10 % earlier or later), used or not, whatever its id.',
    }),
    holdBackSeconds: wholeNumber(300, {
      min: 1,
      max: DAY_SECONDS,
      unit: 'seconds',
      description:
        'Wait after a failed fetch before the same id is fetched again. Less than 300 is against RFC 8461 §3.3 and only for closed networks.',
    }),
    negativeMaxSeconds: wholeNumber(3600, {
      min: 1,
      max: DAY_SECONDS,
      unit: 'seconds',
      description:
        'How long it is remembered at most that a domain has no policy; the DNS may say less.',
    }),
    negativeMinSeconds: wholeNumber(60, {
      min: 0,
      max: DAY_SECONDS,
      unit: 'seconds',
      description: 'How long it is remembered at least that a domain has no policy.',
    }),
    memoryEntries: wholeNumber(2000, {
      min: 1,
      max: 10_000_000,
      unit: 'domains',
      description:
        'Domains whose policy is held in memory, beside the finished replies; the others are read back from the store when their reply has to be made anew.',
    }),
    lookupDeadlineMs: wholeNumber(15_000, {
      min: 100,
      max: 90_000,
      unit: 'milliseconds',
      description:
        'A lookup of an unknown domain is answered by then at the latest. Postfix waits 100 seconds.',
    }),
    uncertainty: uncertaintyGroup,
  },
);
