import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isIpv6, mxHost, RECEIVERS, type Receiver } from './addresses.ts';
import type { Certificates, Leaf } from './certificates.ts';
import type { Namespace } from './namespace.ts';
import { type Postfix, startPostfix } from './postfix.ts';
import { run } from './run.ts';

const NOBODY = 65534;

/** The certificate of each receiver. */
const LEAVES: Readonly<Record<Receiver, Leaf>> = {
  good: { dnsNames: [mxHost('good')] },
  second: { dnsNames: [mxHost('second')] },
  ipv6: { dnsNames: [mxHost('ipv6')] },
  wildcard: { dnsNames: ['*.mx.test'] },
  sni: { dnsNames: ['fallback.provider.test'] },
  stripped: { dnsNames: [mxHost('stripped')] },
  refused: { dnsNames: [mxHost('refused')] },
  'tls-1.1': { dnsNames: [mxHost('tls-1.1')], key: 'rsa' },
  'self-signed': { dnsNames: [mxHost('self-signed')], issuer: 'self' },
  expired: { dnsNames: [mxHost('expired')], fromDay: -30, toDay: -1 },
  'not-yet-valid': { dnsNames: [mxHost('not-yet-valid')], fromDay: 2 },
  'wrong-name': { dnsNames: ['elsewhere.test'] },
  'unknown-ca': { dnsNames: [mxHost('unknown-ca')], issuer: 'unknown' },
  'missing-intermediate': { dnsNames: [mxHost('missing-intermediate')], withIntermediate: false },
  'common-name-only': { dnsNames: [], commonName: mxHost('common-name-only') },
  attacker: { dnsNames: [mxHost('attacker')] },
  deep: { dnsNames: [mxHost('deep')] },
  neighbour: { dnsNames: [mxHost('good')] },
  'tlsa-mismatch': { dnsNames: [mxHost('tlsa-mismatch')] },
  'tlsa-match': { dnsNames: [mxHost('tlsa-match')], issuer: 'self' },
};

/** What a receiver does otherwise than a good one, as `-o` options of its smtpd(8). */
const OPTIONS: Partial<Record<Receiver, Readonly<Record<string, string>>>> = {
  stripped: { smtpd_discard_ehlo_keywords: 'starttls' },
  // With a setting that it cannot read, Postfix offers STARTTLS all the same and then answers 454.
  refused: { smtpd_tls_protocols: 'nonsense' },
  'tls-1.1': {
    smtpd_tls_protocols: '!SSLv3:!TLSv1:!TLSv1.2:!TLSv1.3',
    smtpd_tls_ciphers: 'low',
    // RSA key transport needs none of the signatures that OpenSSL would refuse in TLS 1.1 by itself.
    tls_low_cipherlist: 'AES128-SHA:@SECLEVEL=0',
  },
};

/** Where a receiver keeps what it was given. */
export function mailboxFolder(folder: string, receiver: Receiver): string {
  return join(folder, 'mailboxes', receiver, 'inbox', 'new');
}

/**
 * One Postfix with a service and a mailbox for each receiver. Which mailbox a message lies in tells
 * who got it; its topmost Received field, written by that receiver, tells whether by TLS.
 */
export function startReceivers(
  internet: Namespace,
  folder: string,
  certificates: Certificates,
): Postfix {
  const keys = join(folder, 'keys');
  mkdirSync(keys, { recursive: true });
  issueAll(keys, certificates);
  for (const receiver of allReceivers()) {
    const mailbox = join(folder, 'mailboxes', receiver);
    mkdirSync(mailbox, { recursive: true });
    chownSync(mailbox, NOBODY, NOBODY);
  }
  const settings = {
    myhostname: 'receivers.test',
    notify_classes: '',
    virtual_mailbox_domains: 'static:all',
    virtual_minimum_uid: '1',
    virtual_uid_maps: `static:${NOBODY}`,
    virtual_gid_maps: `static:${NOBODY}`,
    virtual_mailbox_maps: 'static:inbox/',
    local_recipient_maps: '',
    smtpd_tls_security_level: 'may',
    smtpd_tls_received_header: 'yes',
    smtpd_peername_lookup: 'no',
    smtpd_client_connection_count_limit: '0',
  };
  const services = allReceivers().flatMap((receiver) => [
    ...listener(receiver, keys),
    ...mailbox(receiver, join(folder, 'mailboxes')),
  ]);
  return startPostfix(internet, folder, settings, services);
}

function allReceivers(): Receiver[] {
  return Object.keys(RECEIVERS) as Receiver[];
}

function issueAll(keys: string, certificates: Certificates): void {
  for (const receiver of allReceivers()) {
    certificates.issue(join(keys, `${receiver}.pem`), LEAVES[receiver]);
  }
  const bySni = join(keys, 'by-sni.pem');
  certificates.issue(bySni, { dnsNames: [mxHost('sni')] });
  writeFileSync(join(keys, 'sni'), `${mxHost('sni')} ${bySni}\n`);
  run(['postmap', '-F', `hash:${join(keys, 'sni')}`]);
}

function listener(receiver: Receiver, keys: string): string[] {
  const address = RECEIVERS[receiver];
  const options = {
    myhostname: mxHost(receiver),
    content_filter: `mailbox-${receiver}:`,
    smtpd_tls_chain_files: join(keys, `${receiver}.pem`),
    ...(receiver === 'sni' ? { tls_server_sni_maps: `hash:${join(keys, 'sni')}` } : {}),
    ...OPTIONS[receiver],
  };
  const socket = `${isIpv6(address) ? `[${address}]` : address}:25`;
  return [`${socket} inet n - n - - smtpd`, ...asOptions(options)];
}

function mailbox(receiver: Receiver, mailboxes: string): string[] {
  const options = { virtual_mailbox_base: join(mailboxes, receiver) };
  return [`mailbox-${receiver} unix - n n - - virtual`, ...asOptions(options)];
}

function asOptions(options: Readonly<Record<string, string>>): string[] {
  return Object.entries(options).map(([name, value]) => `  -o ${name}=${value}`);
}
