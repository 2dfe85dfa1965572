import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../io/clock/index.ts';

/** A body, or why there is none. */
export type ReadBody =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'too-slow' }
  | { readonly kind: 'broken-off' };

/** Reads the body of a request, bounded in size and time. What is beyond is not read. Never rejects. */
export function readBody(
  request: IncomingMessage,
  { mostBytes, timeoutMs, clock }: { mostBytes: number; timeoutMs: number; clock: Clock },
): Promise<ReadBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const finish = (result: ReadBody): void => {
      cancel();
      request.off('data', onData).off('end', onEnd).off('close', onBreak);
      request.pause();
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      sizeBytes += chunk.length;
      if (sizeBytes > mostBytes) finish({ kind: 'too-large' });
      else chunks.push(chunk);
    };
    const onEnd = (): void => finish({ kind: 'body', bytes: Buffer.concat(chunks) });
    const onBreak = (): void => finish({ kind: 'broken-off' });
    const cancel = clock.after(timeoutMs, () => finish({ kind: 'too-slow' }));
    // What breaks a connection is told by `close` too.
    request.on('error', () => undefined);
    request.on('data', onData).on('end', onEnd).on('close', onBreak);
  });
}
