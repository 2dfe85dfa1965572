/** TLS as a server that chooses certificates by name: the port, OpenSSL behind it, and channels of bytes. */
export type { Channel, ChannelEvents, OpenChannel } from './channel.ts';
export { openClearChannel } from './clear-channel.ts';
export { createFakeServerTls, type FakeCertificate } from './fake-server-tls.ts';
export { loadServerTls } from './load-server-tls.ts';
export type {
  ServerProtocol,
  ServerTls,
  ServeTlsOptions,
  TlsCertificate,
  TlsEvents,
} from './server-tls.ts';
