import type {
  CertificateState,
  PolicyVersion,
  PublishedDomain,
  PublishEvent,
} from '../../publish/store/index.ts';
import type { DomainStatus, Order, PolicyWish } from '../../publish/index.ts';

/** Body of `set`. */
export interface SetRequest {
  readonly wish: PolicyWish;
  readonly order: Order;
}

/** Body of `rollback`. */
export interface RollbackRequest {
  readonly to?: number;
  readonly order: Order;
}

/** Body of `leave`, `remove` and `abandon`. */
export interface OrderRequest {
  readonly order: Order;
}

/** A line of `status`. */
export interface DomainSummary {
  readonly domain: PublishedDomain;
  readonly served?: PolicyVersion;
  readonly certificate?: CertificateState;
}

/** What `status DOMAIN` shows. */
export interface StatusAnswer extends DomainStatus {
  readonly certificate?: CertificateState;
}

/** What `history DOMAIN` shows. */
export interface HistoryAnswer {
  readonly versions: readonly PolicyVersion[];
  readonly events: readonly PublishEvent[];
}
