/** The one way of every received report: unpacked, read, judged, kept. */
export type { AcceptanceCounts, ArrivalCount } from './acceptor.ts';
export type { Acceptance, Acceptor, ArrivedBody, ArrivedMessage } from './acceptor.ts';
export { type AcceptorOptions, type CountingAcceptor, createAcceptor } from './create-acceptor.ts';
