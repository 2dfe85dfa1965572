/** Datagrams of a Unix socket, which Node cannot receive by itself: the port, one for Linux, and a fake. */
export type { DatagramBatch, DatagramEvents, DatagramSource } from './datagram-source.ts';
export { createFakeDatagrams, type FakeDatagrams } from './fake-datagrams.ts';
export { openUnixDatagrams, type UnixDatagramOptions } from './open-unix-datagrams.ts';
export type { SocketErrorCode } from './socket-error.ts';
