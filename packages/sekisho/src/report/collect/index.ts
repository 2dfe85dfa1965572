/** Sessions as they become known, counted and kept until their day is reported. */
export type { Collector, CollectorCounters } from './collector.ts';
export { type CollectorParts, createCollector } from './create-collector.ts';
export type {
  ArrivedSessions,
  DatagramFault,
  DatagramNote,
  ReadDatagram,
} from './datagram-sessions.ts';
