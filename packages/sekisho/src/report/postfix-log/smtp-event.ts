import {
  type Domain,
  type DomainOptions,
  parseDomain,
  RESULT_TYPES,
  type ResultType,
} from '@sekisho/spec';

/** The server at the other end, as Postfix writes it: `mx.example.com[192.0.2.1]:25`. */
export interface Peer {
  readonly host: string;
  readonly ip: string;
}

/** What failed, and in which words, one line of at most 128 characters. */
export interface LoggedFailure {
  readonly resultType: ResultType;
  readonly reason?: string;
}

/** What one message of smtp(8) tells about TLS. */
export type SmtpEvent =
  /** The outcome as Postfix 3.10 sums it up. */
  | {
      readonly kind: 'summary';
      readonly domain: Domain;
      readonly peer: Peer;
      readonly failure?: LoggedFailure;
    }
  /** TLS came about, whatever the certificate was worth. */
  | { readonly kind: 'established'; readonly peer: Peer }
  /** The certificate could not be verified; that matters only if it had to be. */
  | { readonly kind: 'certificate'; readonly peer: Peer; readonly failure: LoggedFailure }
  | { readonly kind: 'handshake-failed'; readonly peer: Peer }
  /** A host was given up, and another may follow. */
  | { readonly kind: 'host-failed'; readonly queueId: string; readonly text: string }
  /** How the delivery to one recipient ended. */
  | {
      readonly kind: 'delivery';
      readonly queueId: string;
      readonly domain: Domain;
      readonly peer?: Peer;
      readonly text: string;
    };

const LONGEST_REASON = 128;
const PEER = String.raw`([^\s[\]]{1,255})\[([0-9A-Fa-f:.]{2,45})\](?::\d{1,5})?`;
const QUEUE_ID = String.raw`([0-9A-Za-z]{5,20})`;

const SUMMARY = new RegExp(
  String.raw`^(?:${QUEUE_ID}: )?TLSRPT: status=(success|failure), domain=([^\s,]{1,255}), receiving_mx=${PEER}` +
    String.raw`(?:, failure_type=([A-Za-z_-]{1,40}))?(?:, failure_reason=(.*))?$`,
);
/** `reused` connections are left out: their session was counted when it began. */
const ESTABLISHED = new RegExp(
  String.raw`^(?:${QUEUE_ID}: )?(?:Anonymous|Untrusted|Trusted|Verified) TLS connection established to ${PEER}: `,
);
const CERTIFICATE = new RegExp(
  String.raw`^(?:${QUEUE_ID}: )?(?:server )?certificate verification failed for ${PEER}: ?(.*)$`,
);
const HANDSHAKE = new RegExp(String.raw`^SSL_connect error to ${PEER}: `);
/** A local part in quotes may hold anything, also what looks like the rest of the line. */
const ADDRESS = String.raw`(?:"(?:[^"\\]|\\.){0,256}"|[^">\s]{0,256})@([^>\s]{1,255})`;
const DELIVERY = new RegExp(
  String.raw`^${QUEUE_ID}: to=<${ADDRESS}>, (?:orig_to=<[^>]{0,320}>, )?relay=(?:${PEER}|[^\s,]{1,255}), ` +
    String.raw`[^(]*?\bstatus=(?:sent|deferred|bounced) \((.*)\)$`,
);
const HOST_FAILED = new RegExp(
  String.raw`^${QUEUE_ID}: ((?:TLS is required|Server certificate not |Cannot start TLS).*)$`,
);

/** Reads a message of Postfix's SMTP client; undefined for one that says nothing about TLS. Never throws. */
export function parseSmtpEvent(message: string, options?: DomainOptions): SmtpEvent | undefined {
  return (
    readSummary(message, options) ??
    readEstablished(message) ??
    readCertificate(message) ??
    readHandshake(message) ??
    readDelivery(message, options) ??
    readHostFailed(message)
  );
}

function readSummary(message: string, options?: DomainOptions): SmtpEvent | undefined {
  const match = SUMMARY.exec(message);
  if (match === null) return undefined;
  const [, , status, name = '', host = '', ip = '', type = '', reason] = match;
  const domain = toDomain(name, options);
  if (domain === undefined) return undefined;
  const summary = { kind: 'summary', domain, peer: { host, ip } } as const;
  if (status === 'success') return summary;
  return { ...summary, failure: withReason(toResultType(type), reason) };
}

/** The log has `_` where the standard has `-`; what neither knows is some other reason (RFC 8460 §4.3.3). */
function toResultType(type: string): ResultType {
  const wire = type.toLowerCase().replaceAll('_', '-');
  return RESULT_TYPES.find((known) => known === wire) ?? 'validation-failure';
}

function readEstablished(message: string): SmtpEvent | undefined {
  const [, , host = '', ip = ''] = ESTABLISHED.exec(message) ?? [];
  return host === '' ? undefined : { kind: 'established', peer: { host, ip } };
}

function readCertificate(message: string): SmtpEvent | undefined {
  const [, , host = '', ip = '', text = ''] = CERTIFICATE.exec(message) ?? [];
  if (host === '') return undefined;
  return { kind: 'certificate', peer: { host, ip }, failure: judgeCertificate(text) };
}

/** `num=` comes with OpenSSL's own words. */
function judgeCertificate(text: string): LoggedFailure {
  const reason = text.replace(/^num=\d+:/, '').replace(/^(untrusted issuer) .*$/, '$1');
  if (/expired/i.test(reason)) return withReason('certificate-expired', reason);
  if (/host ?name mismatch/i.test(reason)) return withReason('certificate-host-mismatch', reason);
  return withReason('certificate-not-trusted', reason);
}

function readHandshake(message: string): SmtpEvent | undefined {
  const [, host = '', ip = ''] = HANDSHAKE.exec(message) ?? [];
  return host === '' ? undefined : { kind: 'handshake-failed', peer: { host, ip } };
}

function readDelivery(message: string, options?: DomainOptions): SmtpEvent | undefined {
  const match = DELIVERY.exec(message);
  if (match === null) return undefined;
  const [, queueId = '', name = '', host, ip, text = ''] = match;
  const domain = toDomain(name, options);
  if (domain === undefined) return undefined;
  const peer = host === undefined || ip === undefined ? {} : { peer: { host, ip } };
  return { kind: 'delivery', queueId, domain, ...peer, text };
}

function readHostFailed(message: string): SmtpEvent | undefined {
  const [, queueId = '', text = ''] = HOST_FAILED.exec(message) ?? [];
  return queueId === '' ? undefined : { kind: 'host-failed', queueId, text };
}

function toDomain(name: string, options?: DomainOptions): Domain | undefined {
  const domain = parseDomain(name, options);
  return domain.ok ? domain.value : undefined;
}

/** Text of others on its way into a report: one line of printable ASCII. */
export function withReason(resultType: ResultType, reason: string | undefined): LoggedFailure {
  const short = (reason ?? '')
    .replace(/[^\x20-\x7e]/g, '?')
    .trim()
    .slice(0, LONGEST_REASON);
  return short === '' ? { resultType } : { resultType, reason: short };
}
