import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createFakeClock, systemClock } from '../clock/index.ts';
import { createSendmailMailOut } from './create-sendmail-mail-out.ts';

const directory = mkdtempSync(join(tmpdir(), 'sekisho-sendmail-'));
afterAll(() => rmSync(directory, { recursive: true }));

let count = 0;
/** A program from the body of a shell script; `$OUT` is where it may write. */
function program(body: string) {
  count += 1;
  const path = join(directory, `sendmail-${count}`);
  const out = `${path}.out`;
  writeFileSync(path, `#!/bin/sh\nOUT=${out}\n${body}\n`);
  chmodSync(path, 0o755);
  return { path, read: () => readFileSync(out, 'utf8') };
}

const MAIL = {
  from: 'tlsrpt@example.net',
  to: '-oQ@example.com',
  message: Buffer.from('Subject: one\r\n\r\n.\r\nend\r\n'),
};
const beforeCommit = (): Promise<void> => Promise.resolve();
const GOOD = `printf '%s|' "$@" >$OUT; cat >>$OUT`;

describe('createSendmailMailOut', () => {
  it.each([
    ['tlsrpt@example.net', 'tlsrpt@example.net'],
    ['', '<>'],
  ])('runs the program for the sender %j', async (from, shown) => {
    const { path, read } = program(GOOD);
    const mailOut = createSendmailMailOut({ clock: systemClock, program: path });
    const outcome = await mailOut.handOver({ ...MAIL, from }, { beforeCommit });
    expect(outcome).toEqual({ kind: 'taken', detail: 'sendmail took the message' });
    expect(read()).toBe(`-i|-f|${shown}|--|-oQ@example.com|Subject: one\n\n.\nend\n`);
  });

  it.each([
    [75, 'later'],
    [1, 'later'],
    [64, 'later'],
    [69, 'later'],
    [78, 'later'],
    [65, 'refused'],
    [67, 'refused'],
    [68, 'refused'],
  ])('exit code %i means %s', async (code, kind) => {
    const { path } = program(`cat >/dev/null; printf 'queue \\033 full' >&2; exit ${code}`);
    const mailOut = createSendmailMailOut({ clock: systemClock, program: path });
    const outcome = await mailOut.handOver(MAIL, { beforeCommit });
    expect(outcome).toMatchObject({ kind, problem: expect.stringContaining(`exit code ${code}`) });
    expect('problem' in outcome && outcome.problem).toContain('queue ? full');
  });

  it('waits for the commit before the end of the message', async () => {
    const { path, read } = program(`head -c 5 >$OUT; cat >>$OUT; echo over >>$OUT`);
    const mailOut = createSendmailMailOut({ clock: systemClock, program: path });
    let release = (): void => undefined;
    const outcome = mailOut.handOver(MAIL, {
      beforeCommit: () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    });
    await vi.waitFor(() => expect(read()).toBe('Subject: one\n\n.\nend\n'));
    release();
    expect((await outcome).kind).toBe('taken');
    expect(read()).toContain('over');
  });

  it('ends the program when the commit is refused', async () => {
    const { path, read } = program(`${GOOD}; echo over >>$OUT`);
    const mailOut = createSendmailMailOut({ clock: systemClock, program: path });
    const outcome = await mailOut.handOver(MAIL, {
      beforeCommit: async () => {
        await vi.waitFor(() => expect(read()).toContain('end'));
        throw new Error('store is gone');
      },
    });
    expect(outcome).toMatchObject({ kind: 'later', problem: expect.stringContaining('SIGKILL') });
    expect(read()).not.toContain('over');
  });

  it('does not take an exit without reading for success', async () => {
    const { path } = program('exec 0<&-; exit 0');
    const mailOut = createSendmailMailOut({ clock: systemClock, program: path });
    const message = Buffer.alloc(1_000_000, 'a');
    const outcome = await mailOut.handOver({ ...MAIL, message }, { beforeCommit });
    expect(outcome.kind).toBe('later');
  });

  it.each([
    ['before the commit, so later', 'sleep 1000', 1_000_000, 'later'],
    ['after the commit, so unknown', 'cat >/dev/null; echo over >$OUT; sleep 1000', 10, 'unknown'],
  ])('kills a program that hangs %s', async (_title, body, size, kind) => {
    const clock = createFakeClock();
    const { path, read } = program(`echo started >$OUT; ${body}`);
    const mailOut = createSendmailMailOut({ clock, program: path });
    const outcome = mailOut.handOver(
      { ...MAIL, message: Buffer.alloc(size, 'a') },
      { beforeCommit },
    );
    await vi.waitFor(() => expect(read()).toContain(kind === 'later' ? 'started' : 'over'));
    await clock.advance(300_000);
    expect(await outcome).toMatchObject({
      kind,
      problem: expect.stringContaining('not done after 300000 ms'),
    });
  });

  it('tells of a program that is not there', async () => {
    const mailOut = createSendmailMailOut({
      clock: systemClock,
      program: join(directory, 'missing'),
    });
    expect(await mailOut.handOver(MAIL, { beforeCommit })).toEqual({
      kind: 'later',
      problem: 'sendmail cannot be started: ENOENT',
    });
  });
});
