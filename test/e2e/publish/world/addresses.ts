/** Beside the addresses of the sender's world: what a publisher needs. */
export const PUBLISHER = '198.51.100.80';

/** The Internet's end of the publisher's wire. */
export const PUBLISHER_GATEWAY = '198.51.100.1';

/** The second authoritative server of the receiving domains; the first is the world's own. */
export const SECOND_NAME_SERVER = '192.0.2.54';

/** Where pebble issues certificates. */
export const CERTIFICATE_AUTHORITY = '192.0.2.14';

/** Domains that receive mail; each is a zone of its own on both name servers. */
export const DOMAINS = ['life.test', 'hasty.test'] as const;

export type ReceivingDomain = (typeof DOMAINS)[number];
