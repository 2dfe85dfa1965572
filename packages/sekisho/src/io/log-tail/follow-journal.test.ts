import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../clock/index.ts';
import { createMemoryLog } from '../log/index.ts';
import { followJournal, type JournalEntry, parseJournalEntry } from './index.ts';

const entry = (cursor: string, message: unknown = 'hello') =>
  JSON.stringify({
    __CURSOR: cursor,
    __REALTIME_TIMESTAMP: '1767225600123456',
    SYSLOG_IDENTIFIER: 'postfix/smtp',
    SYSLOG_PID: '42',
    MESSAGE: message,
  });

describe('parseJournalEntry', () => {
  const read = { cursor: 's=1', atMs: 1_767_225_600_123, program: 'postfix/smtp', pid: 42 };
  it.each<[string, JournalEntry | undefined]>([
    [entry('s=1'), { ...read, message: 'hello' }],
    [entry('s=1', [104, 105, 255]), { ...read, message: 'hi\ufffd' }],
    [entry('s=1', null), undefined],
    [entry('s=1', [300]), undefined],
    [entry('s=1').replace('"42"', '["42"]'), undefined],
    [entry('s=1').replace('"42"', '{"toString":1,"valueOf":1}'), undefined],
    [entry('s=1').replace('"42"', '"-1"'), undefined],
    [entry('s=1').replace('"1767225600123456"', '{"toString":""}'), undefined],
    ['[]', undefined],
    ['null', undefined],
    ['-- No entries --', undefined],
  ])('%s', (line, expected) => {
    expect(parseJournalEntry(line)).toEqual(expected);
  });

  it('never throws', () => {
    const json = fc.dictionary(
      fc.constantFrom('__CURSOR', '__REALTIME_TIMESTAMP', 'SYSLOG_IDENTIFIER', '_PID', 'MESSAGE'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          json.map((value) => JSON.stringify(value)),
        ),
        (line) => {
          const read = parseJournalEntry(line);
          expect(read === undefined || Number.isSafeInteger(read.pid)).toBe(true);
        },
      ),
    );
  });
});

/** A command that tells its arguments as a message, prints `lines`, and ends or stays. */
function standIn(folder: string, lines: readonly string[], end: string): string {
  const path = join(folder, 'journal.sh');
  const told = entry('s=0', 'ARGS').replace('ARGS', '\'"$*"\'');
  const script = ['#!/bin/sh', `printf '%s\\n' '${told}'`];
  for (const line of lines) script.push(`printf '%s\\n' '${line}'`);
  writeFileSync(path, [...script, end, ''].join('\n'));
  chmodSync(path, 0o755);
  return path;
}

describe('followJournal', () => {
  async function follow(lines: readonly string[], end: string, wanted: number) {
    const folder = mkdtempSync(join(tmpdir(), 'sekisho-journal-'));
    const command = ['/bin/sh', standIn(folder, lines, end)] as const;
    const clock = createFakeClock();
    const log = createMemoryLog();
    const messages: string[] = [];
    let cursor: string | undefined;
    const source = followJournal({
      command,
      programs: ['postfix/smtp', 'postfix/relay/smtp'],
      position: { load: async () => cursor, save: async (value) => void (cursor = value) },
      take: async (entries) => void messages.push(...entries.map(({ message }) => message)),
      clock,
      log,
    });
    while (messages.length < wanted) await clock.advance(1000);
    await source.close();
    rmSync(folder, { recursive: true });
    return { messages, log, cursor };
  }

  it('takes messages, keeps the cursor and ends when closed', async () => {
    const { messages, cursor } = await follow(
      [entry('s=7', 'one'), 'no json'],
      'exec sleep 600',
      2,
    );
    expect(messages).toEqual([
      '-f -o json --no-pager -t postfix/smtp -t postfix/relay/smtp -n 0',
      'one',
    ]);
    expect(cursor).toBe('s=7');
  });

  it('is started again behind the last message', async () => {
    const { messages, log } = await follow([entry('s=7', 'one')], 'exit 3', 4);
    expect(messages[2]).toBe(
      '-f -o json --no-pager -t postfix/smtp -t postfix/relay/smtp --after-cursor=s=7',
    );
    expect(log.entries[0]).toMatchObject({
      event: 'journal ended; it is followed again',
      fields: { reason: 'ended with 3', afterMs: 1000 },
    });
  });

  it('waits ever longer for a command that is not there', async () => {
    const clock = createFakeClock();
    const log = createMemoryLog();
    const source = followJournal({
      command: ['/nowhere/journalctl'],
      programs: ['postfix/smtp'],
      position: { load: async () => undefined, save: async () => undefined },
      take: async () => undefined,
      clock,
      log,
    });
    while (log.entries.length < 8) await clock.advance(1000);
    await source.close();
    expect(log.entries.map(({ fields }) => fields['afterMs']).slice(0, 8)).toEqual([
      1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000,
    ]);
  });

  it('asks for a program', () => {
    const clock = createFakeClock();
    const position = { load: async () => undefined, save: async () => undefined };
    const tools = { position, take: async () => undefined, clock, log: createMemoryLog() };
    expect(() => followJournal({ programs: [], ...tools })).toThrow(TypeError);
  });
});
