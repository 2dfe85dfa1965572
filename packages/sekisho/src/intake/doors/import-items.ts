import type { ReportChannel } from '../store/index.ts';
import type { Acceptance, Acceptor } from '../accept/acceptor.ts';

/** Something to be imported. */
export type ImportItem =
  | {
      readonly kind: 'message' | 'body';
      readonly channel: ReportChannel;
      /** File, with the offset or name inside a mailbox. */
      readonly where: string;
      readonly bytes: Uint8Array;
      /** Called when it is done with: everything but `later`. */
      readonly settle?: () => Promise<void>;
    }
  | { readonly kind: 'too-large'; readonly channel: ReportChannel; readonly where: string }
  | {
      readonly kind: 'unreadable';
      readonly channel: ReportChannel;
      readonly where: string;
      readonly problem: string;
    };

/** What became of an item. */
export type ImportOutcome =
  | Acceptance
  | { readonly kind: 'too-large' }
  | { readonly kind: 'unreadable'; readonly problem: string };

/** Hands an item to the acceptor, unless there is nothing to hand over. */
export async function importItem(acceptor: Acceptor, item: ImportItem): Promise<ImportOutcome> {
  if (item.kind === 'too-large' || item.kind === 'unreadable') return item;
  const acceptance = await accept(acceptor, item);
  if (acceptance.kind !== 'later') await item.settle?.();
  return acceptance;
}

function accept(
  acceptor: Acceptor,
  item: Extract<ImportItem, { readonly kind: 'message' | 'body' }>,
): Promise<Acceptance> {
  const { bytes, channel, where } = item;
  if (item.kind === 'body') return acceptor.acceptBody({ channel: 'file', bytes, from: where });
  // A message in a file of its own is one that somebody hands over, as through a pipe.
  const isMailbox = channel === 'maildir' || channel === 'mbox';
  return acceptor.acceptMessage({ channel: isMailbox ? channel : 'pipe', bytes });
}

/** Where items come from. */
export interface ImportSource {
  readonly items: AsyncGenerator<ImportItem>;
  /** To be called once, after the last item is settled. @throws {IoError} `mailbox-unwritable`. */
  finish(): Promise<void>;
}
