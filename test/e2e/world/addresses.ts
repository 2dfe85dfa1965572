/** The sending side. */
export const SENDER = { v4: '192.0.2.1', v6: '2001:db8::1' } as const;

/** The one authoritative name server (root, `test.` and `lab.test.`). */
export const NAME_SERVER = '192.0.2.53';

/** Nothing listens here: connections are refused, name servers are lame. */
export const REFUSING = '192.0.2.3';

/** Every packet to this address disappears. */
export const BLACK_HOLE = '192.0.2.4';

/** Policy hosts by what is wrong with them; each serves every domain's policy by SNI. */
export const POLICY_HOSTS = {
  good: '192.0.2.80',
  'self-signed': '192.0.2.81',
  expired: '192.0.2.82',
  'not-yet-valid': '192.0.2.83',
  'wrong-name': '192.0.2.84',
  'unknown-ca': '192.0.2.85',
  'common-name-only': '192.0.2.86',
  'missing-intermediate': '192.0.2.87',
  redirect: '192.0.2.88',
  'not-found': '192.0.2.89',
  'server-error': '192.0.2.90',
  html: '192.0.2.91',
  'no-media-type': '192.0.2.92',
  'odd-media-type': '192.0.2.93',
  slow: '192.0.2.94',
  endless: '192.0.2.95',
  'tls-1.1': '192.0.2.96',
  ipv6: '2001:db8::80',
  refusing: REFUSING,
  'black-hole': BLACK_HOLE,
} as const;

export type PolicyHost = keyof typeof POLICY_HOSTS;

/** How an MX behaves. Each is a real Postfix service on an address and under a name of its own. */
export const RECEIVERS = {
  good: '192.0.2.100',
  second: '192.0.2.101',
  ipv6: '2001:db8::102',
  wildcard: '192.0.2.103',
  sni: '192.0.2.104',
  /** Does not offer STARTTLS, or a man in the middle removed the offer. */
  stripped: '192.0.2.110',
  /** Offers STARTTLS, then answers 454 to it. */
  refused: '192.0.2.111',
  'tls-1.1': '192.0.2.112',
  'self-signed': '192.0.2.113',
  expired: '192.0.2.114',
  'not-yet-valid': '192.0.2.115',
  'wrong-name': '192.0.2.116',
  'unknown-ca': '192.0.2.117',
  'missing-intermediate': '192.0.2.118',
  'common-name-only': '192.0.2.119',
  /** The attacker's own server, with a valid certificate for its own name. */
  attacker: '192.0.2.120',
  /** Two labels below the provider's domain. */
  deep: '192.0.2.121',
  /** Its certificate names another MX of the provider. */
  neighbour: '192.0.2.122',
  /** A valid certificate, and a TLSA record that says something else. */
  'tlsa-mismatch': '192.0.2.123',
  /** A self-signed certificate, and a TLSA record that names it. */
  'tlsa-match': '192.0.2.124',
} as const;

export type Receiver = keyof typeof RECEIVERS;

/** The MX host name of a receiver. */
export function mxHost(receiver: Receiver): string {
  if (receiver === 'attacker') return 'mx.attacker.test';
  if (receiver === 'deep') return 'deep.down.mx.test';
  return `${receiver.replaceAll('.', '-')}.mx.test`;
}

/** Whether an address is IPv6. */
export function isIpv6(address: string): boolean {
  return address.includes(':');
}
