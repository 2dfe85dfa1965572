/**
 * Everything that the closed world must show, as a table. A case is a domain of its own, one or more
 * steps (the site changes, a message is sent) and what RFC 8461 demands of each message.
 *
 * - 1xx: attacks and faults of the MX, by mode of the policy.
 * - 2xx: which MX and which policy: names, certificates, smart hosts, DANE.
 * - 3xx: first contact: what counts as a policy when none is cached.
 * - 4xx: the policy is cached; the attacker answers for the MX and tries to make the policy go away.
 * - 5xx: changes that the domain's owner makes.
 *
 * `deviation` marks what Postfix does otherwise, whatever its policy table answers.
 */
import { mxHost, RECEIVERS } from './world/addresses.ts';
import {
  type Case,
  deferred,
  delivered,
  id,
  padTo,
  policy,
  policyFor,
  type Site,
  type Step,
  site,
} from './world/case.ts';

const NOT_OFFERED = /TLS is required, but was not offered/;
const REFUSED = /TLS is required, but host .* refused to start TLS: 454/;
const NO_HANDSHAKE = /Cannot start TLS: handshake failure/;
const NOT_VERIFIED = /Server certificate not (verified|trusted)/;
/** From Postfix 3.10.5 an MX that is not listed is not even contacted; before, its certificate has no listed name. */
const NOT_LISTED = /Server certificate not verified|server unavailable or unable to receive mail/;

/** The attacker answers the MX question; its server has a valid certificate for its own name. */
const FORGED: Partial<Site> = { mx: ['attacker'] };

const UNPUBLISHED: Partial<Site> = { txt: [], policyHost: 'gone' };

// 1xx: attacks and faults of the MX ------------------------------------------------------------

// biome-ignore format: a table
const ATTACKS = [
  ['starttls-stripped', 'STARTTLS stripped', 'stripped', 'stripped', NOT_OFFERED, '§4', 'STS-4-2'],
  ['starttls-refused', 'STARTTLS refused after the offer', 'refused', 'refused', REFUSED, '§4', 'STS-4-2'],
  ['tls-1.1', 'TLS 1.1 only', 'tls-1.1', 'tls-1.1', NO_HANDSHAKE, '§7.2', 'STS-7.2-1'],
  ['self-signed', 'self-signed certificate', 'self-signed', 'self-signed', NOT_VERIFIED, '§4.2', 'STS-4.2-2'],
  ['expired', 'expired certificate', 'expired', 'expired', NOT_VERIFIED, '§4.2', 'STS-4.2-1'],
  ['not-yet-valid', 'certificate not yet valid', 'not-yet-valid', 'not-yet-valid', NOT_VERIFIED, '§4.2', 'STS-4.2-1'],
  ['wrong-name', 'certificate for another name', 'wrong-name', 'wrong-name', NOT_VERIFIED, '§4.2', 'STS-4.2-3'],
  ['unknown-ca', 'certificate from an unknown CA', 'unknown-ca', 'unknown-ca', NOT_VERIFIED, '§4.2', 'STS-4.2-2'],
  ['missing-intermediate', 'chain without its intermediate', 'missing-intermediate', 'missing-intermediate', NOT_VERIFIED, '§4.2', 'STS-4.2-2'],
  ['forged-mx', 'forged MX with a valid certificate of its own', 'attacker', 'good', NOT_LISTED, '§4.1', 'STS-4-1'],
  ['mx-not-listed', 'own MX missing from the policy', 'second', 'good', NOT_LISTED, '§4.1', 'STS-4-1'],
] as const;

const attacks: Case[] = ATTACKS.flatMap(([name, what, mx, listed, because, clause, shown], row) => {
  const succeeds = delivered(mx, ['stripped', 'refused'].includes(mx) ? 'plain' : 'tls');
  const attack = (mode: string) => site({ mx: [mx], policy: policyFor(mode, listed) });
  const only = (at: Site, demanded: Step['demanded']) => [
    { when: 'a message is sent', site: at, demanded },
  ];
  const base = { what, clause };
  // biome-ignore format: a table
  return [
    { ...base, number: 101 + row * 4, name: `${name}-enforce`, mode: 'enforce', ids: [shown, 'STS-5-1', 'STS-5-5'], steps: only(attack('enforce'), deferred(because)) },
    { ...base, number: 102 + row * 4, name: `${name}-testing`, mode: 'testing', clause: '§5', ids: ['STS-5-2'], steps: only(attack('testing'), succeeds) },
    { ...base, number: 103 + row * 4, name: `${name}-none`, mode: 'none', clause: '§5', ids: ['STS-5-3'], steps: only(attack('none'), succeeds) },
    { ...base, number: 104 + row * 4, name: `${name}-no-policy`, mode: 'no policy', clause: '§3.3', ids: ['STS-3.1-14'], steps: only({ ...attack('none'), ...UNPUBLISHED }, succeeds) },
  ];
});

// 2xx: which MX and which policy ---------------------------------------------------------------

/** A case of one message to a domain whose policy says `enforce`, unless the site says otherwise. */
function once(
  number: number,
  name: string,
  what: string,
  clause: string,
  ids: readonly string[],
  difference: Partial<Site>,
  demanded: Step['demanded'],
  more: Partial<Case> = {},
): Case {
  const steps = [{ when: 'a message is sent', site: site(difference), demanded }];
  return { number, name, what, mode: 'enforce', clause, ids, steps, ...more };
}

const STRIPPED: Partial<Site> = { mx: ['stripped'], policy: policyFor('enforce', 'stripped') };
const testing = { mode: 'testing' };

const OLD_POSTFIX =
  'Before Postfix 3.10.5 any MX is contacted, and its certificate may match any pattern of the policy.';

// biome-ignore format: a table
const choices: Case[] = [
  once(201, 'good', 'listed MX with a good certificate', '§5', ['STS-3.2-1', 'STS-4-1', 'STS-4-2'], {}, delivered('good')),
  once(202, 'wildcard-pattern', 'pattern *.mx.test, MX one label below', '§4.1', ['STS-4.1-2'], { policy: policy('enforce', ['*.mx.test']) }, delivered('good')),
  once(203, 'wildcard-not-base', 'pattern *.mx.test, MX in another domain', '§4.1', ['STS-4.1-2', 'STS-5-1'], { ...FORGED, policy: policy('enforce', ['*.mx.test']) }, deferred(NOT_LISTED)),
  once(204, 'wildcard-certificate', 'certificate for *.mx.test', '§4.2', ['STS-4.2-3'], { mx: ['wildcard'], policy: policyFor('enforce', 'wildcard') }, delivered('wildcard')),
  once(205, 'sni', 'the right certificate is only shown to SNI with the MX host name', '§7.1', ['STS-7.1-1', 'STS-7.1-3'], { mx: ['sni'], policy: policyFor('enforce', 'sni') }, delivered('sni')),
  once(206, 'ipv6', 'MX with an IPv6 address only', '§4', ['STS-4-2'], { mx: ['ipv6'], policy: policyFor('enforce', 'ipv6') }, delivered('ipv6')),
  once(207, 'second-mx-good', 'first MX stripped, second good', '§5.1', ['STS-5.1-3', 'STS-8.4-1'], { mx: ['stripped', 'good'], policy: policyFor('enforce', 'stripped', 'good') }, delivered('good')),
  once(208, 'second-mx-listed', 'first MX forged, second listed and good', '§5.1', ['STS-5.1-3', 'STS-8.4-1'], { mx: ['attacker', 'good'] }, delivered('good')),
  once(209, 'no-mx-good', 'every MX bad in its own way', '§5', ['STS-5-1', 'STS-5.1-3'], { mx: ['attacker', 'expired', 'stripped'], policy: policyFor('enforce', 'expired', 'stripped') }, deferred(NOT_OFFERED)),
  once(210, 'upper-case', 'recipient domain and pattern in upper case', '§4.1', ['STS-4.1-3'], { ...STRIPPED, policy: policy('enforce', ['STRIPPED.MX.TEST']) }, deferred(NOT_OFFERED), { recipient: (domain) => `to@${domain.toUpperCase()}` }),
  once(211, 'idn', 'recipient domain in its own script', '§3.1', ['STS-3.1-1', 'STS-5-1'], STRIPPED, deferred(NOT_OFFERED), { domain: 'xn--bcher-kva.lab.test', recipient: () => 'to@bücher.lab.test' }),
  once(212, 'subdomain', "a subdomain without a policy below an enforcing domain", '§3.4', ['STS-3.4-3'], { ...STRIPPED, records: ['sub.@ MX 10 stripped.mx.test.'] }, delivered('stripped', 'plain'), { recipient: (domain) => `to@sub.${domain}` }),
  once(213, 'address-literal', 'recipient at an address literal', '§3.4', ['STS-3.4-2'], STRIPPED, delivered('stripped', 'plain'), { recipient: () => `to@[${RECEIVERS.stripped}]` }),
  once(214, 'smart-host-policy', "smart host [host] that publishes a policy; the recipient's domain has none", '§3.4', ['STS-3.4-1'], { mx: [], records: [`@ A ${RECEIVERS.stripped}`, 'to.@ MX 10 good.mx.test.'], policy: policy('enforce', ['c214.lab.test']) }, deferred(NOT_OFFERED), { recipient: (domain) => `to@to.${domain}`, transport: (domain) => `smtp:[${domain}]` }),
  once(215, 'smart-host-port', 'the same with [host]:port', '§3.4', ['STS-3.4-1'], { mx: [], records: [`@ A ${RECEIVERS.stripped}`, 'to.@ MX 10 good.mx.test.'], policy: policy('enforce', ['c215.lab.test']) }, deferred(NOT_OFFERED), { recipient: (domain) => `to@to.${domain}`, transport: (domain) => `smtp:[${domain}]:25` }),
  once(216, 'smart-host-none', 'smart host without a policy; the recipient\'s domain enforces one', '§3.4', ['STS-3.4-1'], {}, delivered('stripped', 'plain'), { transport: () => `smtp:[${mxHost('stripped')}]` }),
  once(217, 'relay-domain', 'next hop replaced by another domain, which enforces', '§3.4', ['STS-1.1-1', 'STS-3.4-1'], { ...STRIPPED, records: ['to.@ MX 10 good.mx.test.'] }, deferred(NOT_OFFERED), { recipient: (domain) => `to@to.${domain}`, transport: (domain) => `smtp:${domain}` }),
  once(218, 'no-mx-record', 'no MX record, the address record leads to the attacker', '§4', ['STS-4-1', 'STS-5-1'], { mx: [], records: [`@ A ${RECEIVERS.attacker}`] }, deferred(NOT_LISTED)),
  once(221, 'mx-is-alias', 'MX name not listed, a CNAME for one that is', '§4.1', ['STS-4.1-1'], { mx: [], records: ['@ MX 10 alias.@', 'alias.@ CNAME good.mx.test.'] }, deferred(NOT_LISTED), { deviation: { endsWith: '3.10.5', observed: delivered('good'), why: OLD_POSTFIX } }),
  once(222, 'certificate-of-neighbour', 'MX listed, its certificate names another listed MX', '§4.2', ['STS-4.2-3'], { mx: ['neighbour'], policy: policyFor('enforce', 'good', 'neighbour') }, deferred(NOT_VERIFIED), { deviation: { endsWith: '3.10.5', observed: delivered('neighbour'), why: OLD_POSTFIX } }),
  once(223, 'wildcard-two-labels', 'pattern *.mx.test, MX two labels below', '§4.1', ['STS-4.1-2'], { mx: ['deep'], policy: policy('enforce', ['*.mx.test']) }, deferred(NOT_LISTED), { deviation: { endsWith: '3.10.5', observed: delivered('deep'), why: 'Before Postfix 3.10.5 a wildcard can only be said as ".mx.test", which matches at any depth.' } }),
  once(224, 'common-name-only', 'certificate with a Common Name only', '§4.2', ['STS-4.2-3'], { mx: ['common-name-only'], policy: policyFor('enforce', 'common-name-only') }, deferred(NOT_VERIFIED), { deviation: { observed: delivered('common-name-only'), why: 'Postfix takes the Common Name of a certificate without dNSNames.' } }),
  once(231, 'dane-mismatch-enforce', 'TLSA mismatch, certificate that satisfies the policy', '§2', ['STS-2-1'], { mx: ['tlsa-mismatch'], policy: policyFor('enforce', 'tlsa-mismatch') }, deferred(NOT_VERIFIED), { domain: 'dane-enforce.test', transport: () => 'dane:' }),
  once(232, 'dane-mismatch-testing', 'TLSA mismatch, certificate that satisfies the policy', '§2', ['STS-2-1'], { mx: ['tlsa-mismatch'], policy: policyFor('testing', 'tlsa-mismatch') }, deferred(NOT_VERIFIED), { ...testing, domain: 'dane-testing.test', transport: () => 'dane:' }),
  once(233, 'dane-match-testing', 'TLSA matches a self-signed certificate', '§2', ['STS-5-2'], { mx: ['tlsa-match'], policy: policyFor('testing', 'tlsa-match') }, delivered('tlsa-match'), { ...testing, domain: 'dane-match.test', transport: () => 'dane:' }),
];

// 3xx: first contact ---------------------------------------------------------------------------

const OVERSIZE = padTo(65_537, policyFor('enforce', 'good'));

/** Everything that keeps a policy from being fetched: what is wrong, clause, requirement, site. */
// biome-ignore format: a table
const FETCH_FAILURES: readonly [string, string, string, string, Partial<Site>][] = [
  ['gone', 'policy host without an address', '§3.3', 'STS-3.3-17', { policyHost: 'gone' }],
  ['refusing', 'policy host refuses the connection', '§3.3', 'STS-3.3-17', { policyHost: 'refusing' }],
  ['black-hole', 'policy host never answers', '§3.3', 'STS-3.3-14', { policyHost: 'black-hole' }],
  ['not-found', 'policy host answers 404', '§3.3', 'STS-3.3-9', { policyHost: 'not-found' }],
  ['server-error', 'policy host answers 500', '§3.3', 'STS-3.3-9', { policyHost: 'server-error' }],
  ['redirect', 'policy host redirects to a valid policy', '§3.3', 'STS-3.3-10', { policyHost: 'redirect' }],
  ['html', 'policy served as text/html', '§3.2', 'STS-3.2-3', { policyHost: 'html' }],
  ['no-media-type', 'policy served without a media type', '§3.2', 'STS-3.2-3', { policyHost: 'no-media-type' }],
  ['oversize', 'policy of 64 KiB and one octet', '§3.3', 'STS-3.3-15', { policy: OVERSIZE }],
  ['slow', 'policy host sends one octet a second', '§3.3', 'STS-3.3-14', { policyHost: 'slow' }],
  ['endless', 'policy without an end', '§3.3', 'STS-3.3-15', { policyHost: 'endless' }],
  ['self-signed', 'policy host with a self-signed certificate', '§3.3', 'STS-3.3-3', { policyHost: 'self-signed' }],
  ['expired', 'policy host with an expired certificate', '§3.3', 'STS-3.3-4', { policyHost: 'expired' }],
  ['not-yet-valid', 'policy host with a certificate not yet valid', '§3.3', 'STS-3.3-4', { policyHost: 'not-yet-valid' }],
  ['wrong-name', 'policy host with a certificate for another name', '§3.3', 'STS-3.3-2', { policyHost: 'wrong-name' }],
  ['unknown-ca', 'policy host with a certificate from an unknown CA', '§3.3', 'STS-3.3-3', { policyHost: 'unknown-ca' }],
  ['missing-intermediate', 'policy host without its intermediate certificate', '§3.3', 'STS-3.3-3', { policyHost: 'missing-intermediate' }],
  ['common-name-only', 'policy host with a Common Name only', '§3.3', 'STS-3.3-6', { policyHost: 'common-name-only' }],
  ['tls-1.1', 'policy host with TLS 1.1 only', '§7.2', 'STS-7.2-1', { policyHost: 'tls-1.1' }],
  ['syntax', 'policy with a line that is none', '§3.2', 'STS-3.2-5', { policy: policy('enforce', ['good.mx.test'], { more: ['nonsense'] }) }],
  ['mode-unknown', 'policy with the mode "Enforce"', '§3.2', 'STS-3.2-8', { policy: policy('Enforce', ['good.mx.test']) }],
  ['version-unknown', 'policy of another version', '§3.2', 'STS-3.2-7', { policy: policyFor('enforce', 'good').replace('STSv1', 'STSv2') }],
  ['mx-missing', 'enforce policy without an MX', '§3.2', 'STS-3.2-11', { policy: policy('enforce', []) }],
];

/** Records that are none, or that cannot be asked for. */
// biome-ignore format: a table
const RECORD_FAILURES: readonly [string, string, string, string, Partial<Site>][] = [
  ['absent', 'TXT record gone', '§3.1', 'STS-3.1-16', { txt: [] }],
  ['two', 'two TXT records', '§3.1', 'STS-3.1-14', { txt: [...id('1'), ...id('2')] }],
  ['invalid', 'TXT record with an invalid id', '§3.1', 'STS-3.1-15', { txt: id('not_valid') }],
  ['servfail', 'DNS answers SERVFAIL', '§3.3', 'STS-3.3-18', { txt: 'servfail' }],
  ['time-out', 'DNS does not answer', '§10.2', 'STS-3.3-18', { txt: 'time-out' }],
];

// biome-ignore format: a table
const found: Case[] = [
  once(301, 'txt-among-others', 'TXT record beside unrelated ones', '§3.1', ['STS-3.1-13'], { ...FORGED, txt: [['v=spf1 -all'], ...id('1')] }, deferred(NOT_LISTED)),
  once(302, 'txt-split', 'TXT record in several strings', '§3.1', ['STS-3.1-17'], { ...FORGED, txt: [['v=STSv1; i', 'd=', 'a1;']] }, deferred(NOT_LISTED)),
  once(303, 'txt-alias', 'TXT record behind two CNAMEs', '§3.1', ['STS-3.1-18', 'STS-3.1-19'], { ...FORGED, txt: [], records: ['_mta-sts.@ CNAME hop.@', 'hop.@ CNAME end.@', 'end.@ TXT "v=STSv1; id=1;"'] }, deferred(NOT_LISTED)),
  once(304, 'txt-extension', 'TXT record with an unknown field', '§3.2', ['STS-3.2-21', 'STS-3.2-22'], { ...FORGED, txt: [['v=STSv1; x=y; id=1']] }, deferred(NOT_LISTED)),
  once(305, 'policy-lf', 'policy with bare LF', '§3.2', ['STS-3.2-6'], { ...FORGED, policy: policyFor('enforce', 'good').replaceAll('\r', '') }, deferred(NOT_LISTED)),
  once(306, 'policy-extension', 'policy with unknown fields', '§3.2', ['STS-3.2-21', 'STS-3.2-22'], { ...FORGED, policy: policy('enforce', ['good.mx.test'], { more: ['constructor: x', 'x-info: https://lab.test/é'] }) }, deferred(NOT_LISTED)),
  once(307, 'first-mode-wins', 'policy that says enforce, then none', '§3.2', ['STS-3.2-23'], { ...FORGED, policy: policy('enforce', ['good.mx.test'], { more: ['mode: none'] }) }, deferred(NOT_LISTED)),
  once(308, 'media-type', 'media type Text/Plain; charset=iso-8859-1; x=y', '§3.2', ['STS-3.2-3', 'STS-3.2-4'], { ...FORGED, policyHost: 'odd-media-type' }, deferred(NOT_LISTED)),
  once(309, 'largest', 'policy of 64 KiB exactly', '§3.3', ['STS-3.3-15'], { ...FORGED, policy: padTo(65_536, policyFor('enforce', 'good')) }, deferred(NOT_LISTED)),
  once(310, 'policy-host-ipv6', 'policy host with an IPv6 address only', '§3.3', ['STS-3.2-2'], { ...FORGED, policyHost: 'ipv6' }, deferred(NOT_LISTED)),
  once(311, 'no-record', 'policy host serves a policy, no TXT record', '§3', ['STS-3-1'], { ...FORGED, txt: [] }, delivered('attacker'), { mode: 'no policy' }),
];

const notFound: Case[] = [
  ...RECORD_FAILURES.map(([name, what, clause, shown, fault], row) =>
    once(
      321 + row,
      `txt-${name}`,
      what,
      clause,
      [shown === 'STS-3.3-18' ? 'STS-3.3-17' : shown],
      { ...FORGED, ...fault },
      delivered('attacker'),
    ),
  ),
  ...FETCH_FAILURES.map(([name, what, clause, shown, fault], row) =>
    once(
      331 + row,
      `fetch-${name}`,
      what,
      clause,
      [shown, 'STS-3.3-17'],
      { ...FORGED, ...fault },
      delivered('attacker'),
    ),
  ),
];

// 4xx: the policy is cached --------------------------------------------------------------------

const LEARNT: Step = { when: 'the policy is learnt', site: site(), demanded: delivered('good') };

/** The attacker answers for the MX and has `fault` happen to the policy; the cached one stays in force. */
function besieged(
  number: number,
  name: string,
  what: string,
  clause: string,
  ids: readonly string[],
  fault: Partial<Site>,
): Case {
  const attack = site({ ...FORGED, ...fault });
  const demanded = deferred(NOT_LISTED);
  const steps = [LEARNT, { when: 'the attack', site: attack, demanded, retried: true }];
  return { number, name, what: `cached, then ${what}`, mode: 'enforce', clause, ids, steps };
}

const ALL_GONE = besieged(
  401,
  'all-gone',
  'TXT record and policy host gone',
  '§3.3',
  ['STS-3.1-16', 'STS-3.3-18'],
  UNPUBLISHED,
);

const cached: Case[] = [
  ALL_GONE,
  {
    ...ALL_GONE,
    number: 402,
    name: 'restart',
    what: 'cached, then all gone and the daemon killed and started anew',
    steps: [
      ...ALL_GONE.steps,
      {
        when: 'after kill -9',
        site: site({ ...FORGED, ...UNPUBLISHED }),
        demanded: deferred(NOT_LISTED),
        retried: true,
      },
    ],
  },
  besieged(403, 'policy-host-dead', 'policy host dead, same id', '§3.3', ['STS-3.3-18'], {
    policyHost: 'refusing',
  }),
  ...RECORD_FAILURES.map(([name, what, , shown, fault], row) =>
    besieged(411 + row, `txt-${name}`, what, '§3.3', [shown, 'STS-3.3-18'], {
      ...fault,
      policyHost: 'gone',
    }),
  ),
  ...FETCH_FAILURES.map(([name, what, , shown, fault], row) =>
    besieged(421 + row, `fetch-${name}`, `new id and ${what}`, '§3.3', [shown, 'STS-3.3-18'], {
      txt: id('2'),
      ...fault,
    }),
  ),
];

// 5xx: changes by the owner --------------------------------------------------------------------

const MOVED: Partial<Site> = { mx: ['second'], policy: policyFor('enforce', 'second') };

/** A policy is learnt, then the owner changes something. */
function changed(
  number: number,
  name: string,
  what: string,
  clause: string,
  ids: readonly string[],
  difference: Partial<Site>,
  demanded: Step['demanded'],
  first: Step = LEARNT,
): Case {
  const steps = [
    first,
    { when: 'after the change', site: site(difference), demanded, retried: true },
  ];
  return { number, name, what, mode: 'enforce', clause, ids, steps };
}

const shortLived = (seconds: number): Partial<Site> => ({
  policy: policy('enforce', ['good.mx.test'], { maxAge: seconds }),
});

// biome-ignore format: a table
const changes: Case[] = [
  changed(501, 'new-mx', 'new MX, new policy, new id', '§5.1', ['STS-5.1-4', 'STS-10.3-1'], { ...MOVED, txt: id('2') }, delivered('second')),
  changed(502, 'id-backwards', 'new id that looks older', '§3.1', ['STS-3.1-7'], { ...MOVED, txt: id('20240101') }, delivered('second'), { ...LEARNT, site: site({ txt: id('20250101') }) }),
  changed(503, 'to-none', 'mode changed to none, then STARTTLS lost', '§8.3', ['STS-8.3-2'], { ...STRIPPED, policy: policy('none', []), txt: id('2') }, delivered('stripped', 'plain')),
  changed(504, 'to-testing', 'mode changed to testing, then STARTTLS lost', '§5', ['STS-5-2'], { ...STRIPPED, policy: policyFor('testing', 'good'), txt: id('2') }, delivered('stripped', 'plain')),
  changed(505, 'same-id', 'policy changed, id forgotten: found by the periodic fetch', '§10.2', ['STS-10.2-2', 'STS-3.3-19'], MOVED, delivered('second')),
  changed(506, 'expired', 'policy expired and nothing published any more', '§3.2', ['STS-3.2-12'], { ...FORGED, ...UNPUBLISHED }, delivered('attacker'), { ...LEARNT, site: site(shortLived(8)) }),
  changed(507, 'expired-renewed', 'policy expired but still published', '§3.3', ['STS-3.3-19'], { ...FORGED, ...shortLived(2) }, deferred(NOT_LISTED), { ...LEARNT, site: site(shortLived(2)) }),
  changed(508, 'first-policy', 'a domain publishes its first policy', '§5.1', ['STS-5.1-1'], FORGED, deferred(NOT_LISTED), { when: 'without a policy', site: site({ ...FORGED, ...UNPUBLISHED }), demanded: delivered('attacker') }),
  {
    ...changed(509, 'mx-repaired', 'the MX is repaired: the same message goes out', '§5', ['STS-5-5', 'STS-5.1-5'], {}, delivered('good')),
    steps: [
      { when: 'STARTTLS lost', site: site({ mx: ['stripped'], policy: policyFor('enforce', 'good', 'stripped') }), demanded: deferred(NOT_OFFERED) },
      { when: 'repaired', site: site({ policy: policyFor('enforce', 'good', 'stripped') }), demanded: delivered('good'), retried: true, sameMessage: true },
    ],
  },
  {
    ...changed(510, 'policy-repaired', 'the policy is repaired: the same message goes out', '§5.1', ['STS-5-4', 'STS-5.1-4', 'STS-5-5'], {}, delivered('second')),
    steps: [
      { when: 'own MX missing from the policy', site: site({ mx: ['second'] }), demanded: deferred(NOT_LISTED) },
      { when: 'policy and id changed', site: site({ ...MOVED, txt: id('2') }), demanded: delivered('second'), retried: true, sameMessage: true },
    ],
  },
  {
    ...changed(511, 'testing-to-enforce', 'mode changed from testing to enforce, then a forged MX', '§5.1', ['STS-5-1', 'STS-5-2'], {}, delivered('good')),
    mode: 'testing',
    steps: [
      { when: 'testing, forged MX', site: site({ ...FORGED, policy: policyFor('testing', 'good') }), demanded: delivered('attacker') },
      { when: 'enforce, good MX', site: site({ txt: id('2') }), demanded: delivered('good') },
      { when: 'enforce, forged MX', site: site({ ...FORGED, txt: id('2') }), demanded: deferred(NOT_LISTED), retried: true },
    ],
  },
  {
    ...changed(512, 'third-id', 'a failed fetch does not hold back the next id', '§3.3', ['STS-3.3-13', 'STS-3.3-18'], {}, delivered('second')),
    steps: [
      LEARNT,
      { when: 'new id, policy host answers 500', site: site({ ...FORGED, txt: id('2'), policyHost: 'server-error' }), demanded: deferred(NOT_LISTED), retried: true },
      { when: 'third id, all well', site: site({ ...MOVED, txt: id('3') }), demanded: delivered('second'), retried: true },
    ],
  },
];

/** All cases in the order of their numbers. */
export const CASES: readonly Case[] = [
  ...attacks,
  ...choices,
  ...found,
  ...notFound,
  ...cached,
  ...changes,
];
