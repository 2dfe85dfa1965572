import type { Clock } from '../../io/clock/index.ts';
import { IoError } from '../../io/error.ts';
import type { ImapMailbox, OpenImapMailbox } from '../../io/imap/index.ts';
import type { Acceptor } from '../accept/acceptor.ts';
import { type DoorReport, reportAcceptance, reportTooLarge } from './door-report.ts';
import {
  type ImapPosition,
  type ImapState,
  passMessage,
  resumeAt,
  setMessageAside,
} from './imap-position.ts';

export interface ImapDoorOptions extends DoorReport {
  readonly open: OpenImapMailbox;
  readonly acceptor: Acceptor;
  readonly state: ImapState;
  readonly clock: Clock;
  /** 0 to 1. Default `Math.random`. */
  readonly random?: () => number;
  /** Whether messages that are done with are marked as read. Default false. */
  readonly isMarking?: boolean;
  /** Mailbox that messages are moved to when they are done with. Default: they stay. */
  readonly moveTo?: string;
  /** A look at the mailbox at least so often, also without a word from the server. Default 300,000. */
  readonly pollMs?: number;
  /** Pause after the first failure. Default 15,000; it grows to 15 minutes. */
  readonly firstPauseMs?: number;
}

export type ImapDoorStatus =
  | { readonly kind: 'open'; readonly lastUid: number; readonly setAside: number }
  /** Being connected, or between two attempts. `problem` is escaped. */
  | { readonly kind: 'closed'; readonly problem?: string };

/** Reads a mailbox until it is stopped. */
export interface ImapDoor {
  status(): ImapDoorStatus;
  /** Finishes the message in hand. */
  stop(): Promise<void>;
}

const LONGEST_PAUSE_MS = 900_000;
/** So often a message is tried before the ones after it have their turn. */
const TRIES = 3;
const ASIDE_EVERY_MS = 3_600_000;

/**
 * Reads a mailbox from where it was left, then waits for more; nothing in it is deleted. A message that has to come again
 * holds up those after it, as the store may be away; after three attempts it is set aside, as its sender's DNS may be
 * gone for good, and tried again every hour.
 */
export function startImapDoor(options: ImapDoorOptions): ImapDoor {
  const { acceptor, clock, log, state, pollMs = 300_000 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const backOff = createBackOff({
    firstMs: options.firstPauseMs ?? 15_000,
    longestMs: LONGEST_PAUSE_MS,
    random: options.random ?? Math.random,
  });
  let status: ImapDoorStatus = { kind: 'closed' };
  let tried = { uid: 0, times: 0 };
  let asideAtMs = Number.NEGATIVE_INFINITY;

  const save = async (position: ImapPosition): Promise<ImapPosition> => {
    await state.save(position);
    status = { kind: 'open', lastUid: position.lastUid, setAside: position.setAside.length };
    return position;
  };

  /** Whether the message is done with. */
  const takeMessage = async (mailbox: ImapMailbox, uid: number, size: number): Promise<boolean> => {
    const from = `uid ${uid}`;
    const isListedTooLarge = size > acceptor.largestBytes;
    const bytes = isListedTooLarge ? 'too-large' : await mailbox.fetch(uid, acceptor.largestBytes);
    if (bytes === 'too-large') reportTooLarge(options, 'imap', from, acceptor.largestBytes);
    if (bytes === 'too-large' || bytes === undefined) return true;
    const acceptance = await acceptor.acceptMessage({ channel: 'imap', bytes });
    reportAcceptance(options, 'imap', from, acceptance);
    return acceptance.kind !== 'later';
  };

  const tidy = async (mailbox: ImapMailbox, uid: number): Promise<void> => {
    try {
      if (options.isMarking === true) await mailbox.markSeen(uid);
      if (options.moveTo !== undefined) await mailbox.moveTo(uid, options.moveTo);
    } catch (error) {
      // The report is stored: a server that refuses this must not stop the others.
      if (!(error instanceof IoError) || error.code !== 'imap-failed') throw error;
      log.warn('message was read and could not be marked or moved', { uid, error });
    }
  };

  const pass = async (
    mailbox: ImapMailbox,
    position: ImapPosition,
    uid: number,
  ): Promise<ImapPosition> => {
    const passed = await save(passMessage(position, uid));
    backOff.reset();
    await tidy(mailbox, uid);
    return passed;
  };

  const putAside = (position: ImapPosition, uid: number): Promise<ImapPosition> => {
    const { position: next, dropped } = setMessageAside(position, uid);
    log.warn('message set aside, to be tried every hour', { uid });
    if (dropped !== undefined)
      log.error('message given up, too many are set aside', { uid: dropped });
    return save(next);
  };

  const tryAside = async (mailbox: ImapMailbox, start: ImapPosition): Promise<ImapPosition> => {
    let position = start;
    for (const uid of start.setAside) {
      if (signal.aborted) break;
      if (await takeMessage(mailbox, uid, 0)) position = await pass(mailbox, position, uid);
    }
    return position;
  };

  /** Undefined when a message has to come again. */
  const takeNew = async (
    mailbox: ImapMailbox,
    start: ImapPosition,
  ): Promise<ImapPosition | undefined> => {
    let position = start;
    for await (const { uid, sizeBytes } of mailbox.listAfter(start.lastUid)) {
      if (signal.aborted) break;
      if (await takeMessage(mailbox, uid, sizeBytes)) {
        position = await pass(mailbox, position, uid);
        continue;
      }
      tried = { uid, times: tried.uid === uid ? tried.times + 1 : 1 };
      if (tried.times < TRIES) return undefined;
      position = await putAside(position, uid);
    }
    return position;
  };

  const readMailbox = async (mailbox: ImapMailbox): Promise<void> => {
    const kept = await state.load();
    let position = resumeAt(mailbox.uidValidity, kept);
    if (kept !== undefined && position !== kept)
      log.warn('mailbox has new UIDs, it is read from its beginning');
    status = { kind: 'open', lastUid: position.lastUid, setAside: position.setAside.length };
    while (!signal.aborted) {
      const taken = await takeNew(mailbox, position);
      if (taken === undefined) return;
      position = taken;
      backOff.reset();
      if (clock.now() - asideAtMs >= ASIDE_EVERY_MS) {
        asideAtMs = clock.now();
        position = await tryAside(mailbox, position);
      }
      await mailbox.waitForNews(pollMs, signal);
    }
  };

  const connectAndRead = async (): Promise<void> => {
    const mailbox = await options.open(signal);
    try {
      log.info('mailbox opened');
      await readMailbox(mailbox);
    } finally {
      await mailbox.close();
    }
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      let problem: string | undefined;
      try {
        await connectAndRead();
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
        if (!signal.aborted) log.warn('mailbox cannot be read', { error });
      }
      status = { kind: 'closed', ...(problem !== undefined && { problem }) };
      await pause(clock, backOff.next(), signal);
    }
  };

  const running = run();
  return {
    status: () => status,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Ends early with the signal. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal.addEventListener('abort', end);
  });
}

/** Growing pauses between attempts that fail. */
interface BackOff {
  /** Milliseconds until the next attempt. */
  next(): number;
  /** An attempt succeeded. */
  reset(): void;
}

interface BackOffOptions {
  /** Of the first pause; each is twice the one before. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** 0 to 1; takes up to half of a pause away, so that many clients do not come back at once. */
  readonly random: () => number;
}

function createBackOff({ firstMs, longestMs, random }: BackOffOptions): BackOff {
  let pauseMs = firstMs;
  return {
    next() {
      const wholeMs = pauseMs;
      pauseMs = Math.min(longestMs, pauseMs * 2);
      return wholeMs * (1 - random() / 2);
    },
    reset() {
      pauseMs = firstMs;
    },
  };
}
