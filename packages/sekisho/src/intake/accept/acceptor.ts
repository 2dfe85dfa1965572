import type { ReportChannel, ReportTrust } from '../store/index.ts';

/** What became of something that arrived. Texts are escaped. */
export type Acceptance =
  /** Kept on disk; `repairs` counts what had to be repaired in reading. */
  | { readonly kind: 'stored'; readonly reportId: string; readonly repairs: number }
  /** It is kept already. */
  | { readonly kind: 'duplicate'; readonly reportId: string }
  /** A message without a report in it: somebody's letter, a bounce. */
  | { readonly kind: 'not-a-report' }
  /** It says that it is a report, and cannot be used; kept to be looked at. */
  | { readonly kind: 'refused'; readonly problems: readonly string[] }
  /** The DNS or the store did not answer: bring it again. */
  | { readonly kind: 'later'; readonly problem: string };

/** A message as it arrived, at most as large as the limit allows. */
export interface ArrivedMessage {
  readonly channel: Exclude<ReportChannel, 'post' | 'file'>;
  readonly bytes: Uint8Array;
}

/** A report without a message around it: the body of a POST, or a file. */
export interface ArrivedBody {
  readonly channel: 'post' | 'file';
  readonly bytes: Uint8Array;
  /** As the request says; what the bytes are is decided by looking at them. */
  readonly contentType?: string;
  readonly contentEncoding?: string;
  /** Client's address, or the file's name. */
  readonly from: string;
  /** Whether the request had the secret that is part of the URI in our record; it raises no trust, it only tells. */
  readonly hasToken?: boolean;
}

/** Unpacks, verifies, reads and keeps; one way for all doors. Never throws. */
export interface Acceptor {
  acceptMessage(message: ArrivedMessage): Promise<Acceptance>;
  acceptBody(body: ArrivedBody): Promise<Acceptance>;
  /** Larger arrivals are refused at the door without being read to their end. */
  readonly largestBytes: number;
}

/** How often something arrived by one door and ended in one way. */
export interface ArrivalCount {
  readonly channel: ReportChannel;
  readonly outcome: Acceptance['kind'];
  /** Of the report that was stored, or was kept already. */
  readonly trust: ReportTrust['kind'] | undefined;
  readonly count: number;
}

/** What metrics are made of; counted since the start. A message with several reports counts once for each. */
export interface AcceptanceCounts {
  readonly arrivals: readonly ArrivalCount[];
  /** How often each repair was needed, by its code. */
  readonly repairs: ReadonlyMap<string, number>;
}

export interface AcceptanceCounter {
  arrived(channel: ReportChannel, outcome: Acceptance['kind'], trust?: ReportTrust['kind']): void;
  repaired(code: string): void;
  counts(): AcceptanceCounts;
}

export function createAcceptanceCounter(): AcceptanceCounter {
  const arrivals = new Map<string, ArrivalCount>();
  const repairs = new Map<string, number>();
  return {
    arrived(channel, outcome, trust) {
      const key = `${channel} ${outcome} ${trust ?? ''}`;
      const count = (arrivals.get(key)?.count ?? 0) + 1;
      arrivals.set(key, { channel, outcome, trust, count });
    },
    repaired: (code) => void repairs.set(code, (repairs.get(code) ?? 0) + 1),
    counts: () => ({ arrivals: [...arrivals.values()], repairs: new Map(repairs) }),
  };
}
