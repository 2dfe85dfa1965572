import type { MessagePort } from 'node:worker_threads';
import type {
  DiscoverEvent,
  DiscovererAnswer,
  DiscovererRequest,
} from '../../../discover/index.ts';
import type { StoreTask } from '../../../discover/store/index.ts';
import type { Settings } from '../../config/index.ts';
import type { RolePlace } from '../../state/index.ts';
import type { ForwardedEvent } from './forwarding-log.ts';

/** What the back thread is started with. */
export interface BackTask {
  /** Where the sender keeps its files; the thread takes its lock. */
  readonly place: RolePlace;
  readonly store: StoreTask;
  readonly calls: MessagePort;
}

/** What discovery depends on. */
export type DiscoverySettings = Pick<Settings, 'dns' | 'https' | 'policies' | 'log'>;

/** What the back thread is asked for; each engine has its own discoverer there, under its number. */
export type BackRequest =
  | { readonly kind: 'open'; readonly engine: number; readonly settings: DiscoverySettings }
  | { readonly kind: 'close'; readonly engine: number }
  | { readonly kind: 'ask'; readonly engine: number; readonly request: DiscovererRequest };

/** What a discoverer says to `ask`, nothing to the others. */
export type BackAnswer = DiscovererAnswer | undefined;

/** The work of the back thread. */
export interface BackWork {
  readonly request: BackRequest;
  readonly answer: BackAnswer;
  readonly notice: BackNotice;
}

/** What is to be counted, or to be logged. */
export type BackNotice =
  | { readonly engine: number; readonly happened: DiscoverEvent }
  | ForwardedEvent;
