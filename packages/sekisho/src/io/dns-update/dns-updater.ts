/** One TXT record to be put into the DNS, or taken out of it. */
export interface TxtChange {
  /** Where it stands, such as `_mta-sts.example.com`; without a trailing dot. */
  readonly name: string;
  readonly ttlSeconds: number;
  /** Records that start with this, in exactly these letters, are replaced; others of the same name stay. */
  readonly startsWith: string;
  /** The new text; undefined takes the record away. */
  readonly text: string | undefined;
}

export type UpdateOutcome =
  | { readonly kind: 'done' }
  /** Nobody here may change the DNS: the operator enters it by hand. */
  | { readonly kind: 'by-hand' }
  /** The server or the hook refused: TSIG, policy, no such zone, exit code. The same again would be refused again. */
  | ({ readonly kind: 'refused' } & UpdateProblem)
  /** No answer, or one that may be better later. */
  | ({ readonly kind: 'failed' } & UpdateProblem);

/** Why a change was not carried out. */
export interface UpdateProblem {
  /** Kebab-case. */
  readonly code: string;
  /** One sentence, escaped. */
  readonly message: string;
  /** What the operator can do, one sentence; absent where nothing but patience helps. */
  readonly remedy?: string;
}

/** Changes the DNS: by RFC 2136 with TSIG (RFC 8945), by a hook, or by telling a person. Never throws for what a remote does. */
export interface DnsUpdater {
  /** Idempotent: what stands there already is `done`. `done` says that it was accepted, not that every server shows it. */
  replaceTxt(change: TxtChange): Promise<UpdateOutcome>;
}

/** Changes nothing: the operator is told what to enter, and the servers are asked until it is there. */
export function createByHandUpdater(): DnsUpdater {
  return { replaceTxt: () => Promise.resolve({ kind: 'by-hand' }) };
}
