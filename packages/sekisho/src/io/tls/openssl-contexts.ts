import { constants } from 'node:crypto';
import type { Clock } from '../clock/index.ts';
import type { Openssl, Pointer } from './openssl.ts';
import { mustExist, takeFailure } from './openssl-failure.ts';
import type { ServerProtocol } from './server-tls.ts';

/** What the connections of all hosts begin with; certificates belong to connections. */
export interface OpensslContexts {
  contextFor(protocol: ServerProtocol, offersTls13: boolean): Pointer;
}

/** AES-128 first, which costs least where processors know AES. */
const TLS13_CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
];
/** Those with forward secrecy and authenticated encryption. */
const TLS12_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];
const TLS12 = 0x0303;
const TLS13 = 0x0304;
/** Commands of `SSL_CTX_ctrl`, which the manual knows as functions of their own. */
const SET_MODE = 33;
const SET_SESSION_CACHE_MODE = 44;
const SET_LOWEST_VERSION = 123;
const SET_HIGHEST_VERSION = 124;
/** Buffers of a connection that waits are given back. */
const MODE_RELEASE_BUFFERS = 0x10;
const SESSION_CACHE_OFF = 0;
/** How long a session can be resumed. */
const SESSION_SECONDS = 300;
/** Who fetches a policy opens one connection. */
const TICKETS = 1;
const TICKET_KEYS_LIFE_MS = 43_200_000;

/**
 * A session that is resumed needs no certificate, so the tickets of all hosts are of the same keys; with TLS 1.3 the
 * name is told anew each time and belongs to no session (RFC 8446 §4.6.1). With TLS 1.2 it would have to be bound to
 * the name of its host (RFC 6066 §3), and its ticket would hold the keys of all that is sent: there are none.
 *
 * Ticket keys are of a context, made by OpenSSL, and live in memory alone: a stolen disk opens no recorded connection.
 *
 * @param keysLifeMs how long the same ticket keys are used. Default 12 hours.
 */
export function createContexts(
  openssl: Openssl,
  clock: Clock,
  keysLifeMs = TICKET_KEYS_LIFE_MS,
): OpensslContexts {
  const http = openssl.alwaysChoose('http/1.1');
  const noTickets = constants.SSL_OP_NO_TICKET;
  const challenge = makeContext(openssl, {
    versions: [TLS12, TLS13],
    options: noTickets,
    choose: openssl.alwaysChoose('acme-tls/1'),
  });
  const tls12 = makeContext(openssl, {
    versions: [TLS12, TLS12],
    options: noTickets,
    choose: http,
  });
  const renew = () => ({
    context: makeContext(openssl, { versions: [TLS13, TLS13], options: 0, choose: http }),
    sinceMs: clock.now(),
  });
  let tls13 = renew();
  return {
    contextFor(protocol, offersTls13) {
      if (protocol === 'acme-tls/1') return challenge;
      if (!offersTls13) return tls12;
      // A clock that was set back is no reason to keep keys for long.
      if (Math.abs(clock.now() - tls13.sinceMs) >= keysLifeMs) {
        openssl.SSL_CTX_free(tls13.context);
        tls13 = renew();
      }
      return tls13.context;
    },
  };
}

interface ContextForm {
  /** The lowest and the highest. */
  readonly versions: readonly [number, number];
  readonly options: number;
  readonly choose: Pointer;
}

function makeContext(openssl: Openssl, { versions, options, choose }: ContextForm): Pointer {
  const action = 'make a context of TLS';
  const context = mustExist(openssl, openssl.SSL_CTX_new(openssl.TLS_server_method()), action);
  const [lowest, highest] = versions;
  const isDone =
    openssl.SSL_CTX_ctrl(context, SET_LOWEST_VERSION, lowest, 0) === 1 &&
    openssl.SSL_CTX_ctrl(context, SET_HIGHEST_VERSION, highest, 0) === 1 &&
    openssl.SSL_CTX_set_ciphersuites(context, TLS13_CIPHERS.join(':')) === 1 &&
    openssl.SSL_CTX_set_cipher_list(context, TLS12_CIPHERS.join(':')) === 1;
  if (!isDone) throw takeFailure(openssl, action);
  openssl.SSL_CTX_ctrl(context, SET_SESSION_CACHE_MODE, SESSION_CACHE_OFF, 0);
  openssl.SSL_CTX_ctrl(context, SET_MODE, MODE_RELEASE_BUFFERS, 0);
  openssl.SSL_CTX_set_timeout(context, SESSION_SECONDS);
  openssl.SSL_CTX_set_num_tickets(context, TICKETS);
  openssl.SSL_CTX_set_options(
    context,
    options | constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_CIPHER_SERVER_PREFERENCE,
  );
  openssl.SSL_CTX_set_alpn_select_cb(context, choose, 0);
  return context;
}
