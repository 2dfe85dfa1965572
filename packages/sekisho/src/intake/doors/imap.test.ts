import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../io/clock/index.ts';
import { IoError } from '../../io/error.ts';
import { createFakeImap } from '../../io/imap/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import type { Acceptance } from '../accept/acceptor.ts';
import { createFakeAcceptor } from './fake-acceptor.ts';
import { type ImapDoorOptions, startImapDoor } from './imap.ts';
import { type ImapPosition, passMessage, resumeAt, setMessageAside } from './imap-position.ts';

const LATER: Acceptance = { kind: 'later', problem: 'DNS is silent' };
const MAIL = Buffer.from('mail');

function build(kept?: ImapPosition, options: Partial<ImapDoorOptions> = {}) {
  const imap = createFakeImap();
  const acceptor = createFakeAcceptor();
  const clock = createFakeClock();
  const log = createMemoryLog();
  const saved: ImapPosition[] = kept === undefined ? [] : [kept];
  const start = () =>
    startImapDoor({
      open: imap.open,
      acceptor,
      clock,
      log,
      random: () => 0,
      firstPauseMs: 1000,
      state: {
        load: async () => saved.at(-1),
        save: async (position) => void saved.push(position),
      },
      ...options,
    });
  return { imap, acceptor, clock, log, saved, start };
}

describe('startImapDoor', () => {
  it('reads what is there, waits, reads what comes, and stops', async () => {
    const { imap, acceptor, clock, saved, start } = build();
    imap.messages.set(3, MAIL).set(7, MAIL);
    const door = start();
    await clock.advance(0);
    expect(saved.at(-1)).toEqual({ uidValidity: '1', lastUid: 7, setAside: [] });
    expect(door.status()).toEqual({ kind: 'open', lastUid: 7, setAside: 0 });
    imap.deliver(9, MAIL);
    await clock.advance(0);
    expect(acceptor.arrived).toHaveLength(3);
    await door.stop();
    expect(imap.log).toEqual(
      'open,list 0,fetch 3,fetch 7,wait,list 7,fetch 9,wait,close'.split(','),
    );
  });

  it('goes on where it was, unless the UIDs mean something else', async () => {
    for (const [uidValidity, expected] of [
      ['1', 'list 5'],
      ['2', 'list 0'],
    ]) {
      const { imap, clock, start } = build({ uidValidity: '1', lastUid: 5, setAside: [] });
      imap.uidValidity = uidValidity ?? '';
      const door = start();
      await clock.advance(0);
      expect(imap.log).toContain(expected);
      await door.stop();
    }
  });

  it('does not fetch what is too large, and goes on', async () => {
    const { imap, acceptor, clock, saved, start } = build();
    imap.messages.set(1, Buffer.alloc(1001)).set(2, MAIL);
    const door = start();
    await clock.advance(0);
    expect(imap.log).not.toContain('fetch 1');
    expect([acceptor.arrived.length, saved.at(-1)?.lastUid]).toEqual([1, 2]);
    await door.stop();
  });

  it('marks and moves only what is done with', async () => {
    const { imap, acceptor, clock, start } = build(undefined, { isMarking: true, moveTo: 'Done' });
    acceptor.answers.push({ kind: 'refused', problems: ['x'] }, LATER);
    imap.messages.set(1, MAIL).set(2, MAIL);
    const door = start();
    await clock.advance(0);
    await door.stop();
    expect(imap.log).toEqual('open,list 0,fetch 1,seen 1,move 1 Done,fetch 2,close'.split(','));
  });

  it('tries a message again, sets it aside after three times, and tries it every hour', async () => {
    const { imap, acceptor, clock, saved, start } = build();
    acceptor.answers.push(
      LATER,
      LATER,
      LATER,
      { kind: 'stored', reportId: '2', repairs: 0 },
      LATER,
    );
    imap.messages.set(1, MAIL).set(2, MAIL);
    const door = start();
    await clock.advance(0);
    expect([acceptor.arrived.length, saved]).toEqual([1, []]);
    await clock.advance(1000);
    expect([acceptor.arrived.length, saved]).toEqual([2, []]);
    await clock.advance(2000);
    expect(saved.at(-1)).toEqual({ uidValidity: '1', lastUid: 2, setAside: [1] });
    expect(acceptor.arrived).toHaveLength(5);
    imap.deliver(3, MAIL);
    await clock.advance(3_600_000);
    expect(acceptor.arrived).toHaveLength(6);
    imap.deliver(4, MAIL);
    await clock.advance(0);
    expect(saved.at(-1)).toEqual({ uidValidity: '1', lastUid: 4, setAside: [] });
    await door.stop();
  });

  it('comes back after ever longer pauses, and says what is wrong', async () => {
    const { imap, clock, log, start } = build();
    for (const code of ['imap-unreachable', 'imap-login', 'imap-tls'])
      imap.openErrors.push(new IoError(code, `Cannot: ${code}`, { temporary: true }));
    const door = start();
    await clock.advance(999);
    expect(imap.log).toEqual(['open']);
    expect(door.status()).toEqual({ kind: 'closed', problem: 'Cannot: imap-unreachable' });
    await clock.advance(1);
    await clock.advance(1999);
    expect(imap.log).toEqual(['open', 'open']);
    await clock.advance(1 + 4000);
    expect(imap.log.slice(2)).toEqual(['open', 'open', 'list 0', 'wait']);
    expect(log.entries.filter(({ level }) => level === 'warn')).toHaveLength(3);
    imap.lose();
    await clock.advance(1000);
    expect(door.status().kind).toBe('open');
    await door.stop();
  });

  it('finishes the message in hand when it is stopped', async () => {
    const { imap, acceptor, clock, saved, start } = build();
    let answer = (_acceptance: Acceptance): void => undefined;
    acceptor.answers.push(
      new Promise((resolve) => {
        answer = resolve;
      }),
    );
    imap.messages.set(1, MAIL).set(2, MAIL);
    const door = start();
    await clock.advance(0);
    const stopped = door.stop();
    answer({ kind: 'stored', reportId: 'x', repairs: 0 });
    await stopped;
    expect([saved.at(-1)?.lastUid, acceptor.arrived.length]).toEqual([1, 1]);
  });

  it('stops during a pause', async () => {
    const { imap, clock, start } = build();
    imap.openErrors.push(new IoError('imap-login', 'no', { temporary: false }));
    const door = start();
    await clock.advance(10);
    await door.stop();
    expect(imap.log).toEqual(['open']);
  });
});

describe('the position in a mailbox', () => {
  it('is bounded: the oldest message set aside is given up', () => {
    let position = resumeAt('1', undefined);
    const dropped: (number | undefined)[] = [];
    for (let uid = 1; uid <= 102; uid += 1) {
      const next = setMessageAside(position, uid);
      position = next.position;
      dropped.push(next.dropped);
    }
    expect(dropped.filter((uid) => uid !== undefined)).toEqual([1, 2]);
    expect(position.setAside).toHaveLength(100);
    expect(passMessage(position, 50)).toMatchObject({ lastUid: 102 });
    expect(passMessage(position, 50).setAside).not.toContain(50);
  });
});
