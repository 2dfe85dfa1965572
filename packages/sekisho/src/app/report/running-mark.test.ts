import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFakeClock } from '../../io/clock/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import { leaveRunningMark } from './running-mark.ts';

function setUp() {
  const directory = mkdtempSync(join(tmpdir(), 'sekisho-mark-'));
  const log = createMemoryLog();
  const clock = createFakeClock(Date.UTC(2026, 10, 24));
  return { directory, log, clock };
}

it('says nothing after a run that was stopped', async () => {
  const parts = setUp();
  const takeAway = await leaveRunningMark(parts);
  await takeAway();
  await leaveRunningMark(parts);
  expect(parts.log.entries).toEqual([]);
});

it.each([
  ['as it was left', undefined, '2026-11-24T00:00:00.000Z'],
  ['with strange content', '\u001b[31m', 'unknown'],
])('says that a run was killed, by a mark %s', async (_what, content, startedAt) => {
  const parts = setUp();
  await leaveRunningMark(parts);
  if (content !== undefined) writeFileSync(join(parts.directory, 'report.running'), content);
  await leaveRunningMark(parts);
  expect(parts.log.entries).toMatchObject([{ level: 'warn', fields: { startedAt } }]);
});
