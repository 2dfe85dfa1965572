import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Acceptance } from '../accept/acceptor.ts';
import { createFakeAcceptor } from './fake-acceptor.ts';
import { acceptFromPipe } from './pipe.ts';

describe('acceptFromPipe', () => {
  it.each<[Acceptance, number, number, RegExp]>([
    [{ kind: 'stored', reportId: 'a', repairs: 0 }, 0, 0, /^Stored: report a$/],
    [{ kind: 'stored', reportId: 'a', repairs: 2 }, 0, 0, /2 repairs/],
    [{ kind: 'duplicate', reportId: 'a' }, 0, 0, /Kept already/],
    [{ kind: 'not-a-report' }, 0, 65, /Dropped/],
    [{ kind: 'refused', problems: ['p', 'q'] }, 0, 65, /p; q/],
    [{ kind: 'later', problem: 'DNS' }, 75, 75, /later: DNS/],
  ])('ends %j with %i, strictly with %i', async (answer, lax, strict, message) => {
    for (const [isStrict, exitCode] of [
      [false, lax],
      [true, strict],
    ] as const) {
      const acceptor = createFakeAcceptor();
      acceptor.answers.push(answer);
      const end = await acceptFromPipe(acceptor, Readable.from([Buffer.from('mail')]), {
        isStrict,
      });
      expect(end).toEqual({ exitCode, message: expect.stringMatching(message) });
      expect(acceptor.arrived).toEqual([{ channel: 'pipe', bytes: Buffer.from('mail') }]);
    }
  });

  it('stops reading an endless message', async () => {
    const acceptor = createFakeAcceptor(1000);
    let chunks = 0;
    async function* endless() {
      for (;;) {
        chunks += 1;
        yield Buffer.alloc(400);
      }
    }
    const end = await acceptFromPipe(acceptor, endless());
    expect([end.exitCode, chunks, acceptor.arrived]).toEqual([0, 3, []]);
  });

  it('has a message brought again when the input breaks', async () => {
    async function* broken() {
      yield Buffer.from('half');
      throw Object.assign(new Error('gone'), { code: 'EIO' });
    }
    const end = await acceptFromPipe(createFakeAcceptor(), broken());
    expect(end).toEqual({ exitCode: 75, message: 'Cannot read the message: "EIO"' });
  });
});
