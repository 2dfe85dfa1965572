import { join } from 'node:path';
import {
  createMaildirState,
  type MaildirMessage,
  type MaildirState,
  markMaildirSeen,
  readMaildir,
} from '../../io/mailbox/index.ts';
import type { ImportItem, ImportSource } from './import-items.ts';

export interface MaildirOptions {
  readonly largestBytes: number;
  /** File that remembers what was imported; without it, everything is looked at each time. */
  readonly maildirState?: string;
  /** Whether imported messages are moved to `cur` and marked as seen. Default false: nothing is changed. */
  readonly isMoving?: boolean;
}

/** After so many imported messages the state is written. */
const SAVE_EVERY = 500;

/** @throws {IoError} `mailbox-unreadable` when the state cannot be read; so does its generator for the Maildir. */
export async function openMaildir(path: string, options: MaildirOptions): Promise<ImportSource> {
  const { maildirState } = options;
  const state = maildirState === undefined ? undefined : await createMaildirState(maildirState);
  return {
    items: listMaildir(path, options, state),
    finish: async () => state?.save(),
  };
}

async function* listMaildir(
  path: string,
  { largestBytes, isMoving = false }: MaildirOptions,
  state: MaildirState | undefined,
): AsyncGenerator<ImportItem> {
  const present = new Set<string>();
  let settled = 0;
  const settle = async (message: MaildirMessage): Promise<void> => {
    if (isMoving) await markMaildirSeen(path, message);
    state?.add(message.id);
    settled += 1;
    if (settled % SAVE_EVERY === 0) await state?.save();
  };
  /** One that is moved from `new` while we look is met again in `cur`. */
  const isKnown = (id: string): boolean => {
    const isMetBefore = present.has(id);
    present.add(id);
    return isMetBefore || (state?.has(id) ?? false);
  };
  for await (const item of readMaildir(path, largestBytes, isKnown)) {
    const place = { channel: 'maildir', where: join(path, item.folder, item.name) } as const;
    yield item.kind === 'message'
      ? { kind: 'message', bytes: item.bytes, ...place, settle: () => settle(item) }
      : { ...item, ...place };
  }
  // Only now is it known what is not there any more.
  state?.keepOnly(present);
}
