import { Readable } from 'node:stream';

/** A message on its way whose end waits for leave. */
export interface HeldMessage {
  readonly stream: Readable;
  /** Whether the end has gone out, or is about to: from here on no silence means "not taken". */
  readonly isEnded: boolean;
}

/** Streams a message and then, before the end, awaits `beforeCommit`. `onEnded` is called when that allows the end. */
export function untilCommit(
  message: Buffer,
  beforeCommit: () => Promise<void>,
  onEnded: () => void,
): HeldMessage {
  let isEnded = false;
  async function* held(): AsyncGenerator<Buffer> {
    yield message;
    await beforeCommit();
    isEnded = true;
    onEnded();
  }
  return {
    stream: Readable.from(held()),
    get isEnded() {
      return isEnded;
    },
  };
}
