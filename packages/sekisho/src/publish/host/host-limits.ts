/** What one client may take of the policy host. */
export interface HostLimits {
  /** From the connection to the end of the TLS handshake. Default 10,000. */
  readonly handshakeMs: number;
  /** For a whole request head, from the handshake or its own first byte on. Default 10,000. */
  readonly requestMs: number;
  /** Between two requests. Default 15,000. */
  readonly idleMs: number;
  /** For taking an answer. Default 10,000. */
  readonly answerMs: number;
  /** Requests on one connection. Default 100. */
  readonly requestsPerConnection: number;
  /** Connections of all listeners together; beyond, the one that has waited the longest gives way. Default 4,096. */
  readonly connections: number;
  /** Of them from one IPv4 address or one IPv6 /64; trusted proxies may have any number. Default 256. */
  readonly connectionsPerAddress: number;
  /** How long a stop waits for answers under way. Default 5,000. */
  readonly stopMs: number;
}

export const DEFAULT_HOST_LIMITS: HostLimits = {
  handshakeMs: 10_000,
  requestMs: 10_000,
  idleMs: 15_000,
  answerMs: 10_000,
  requestsPerConnection: 100,
  connections: 4096,
  connectionsPerAddress: 256,
  stopMs: 5000,
};
