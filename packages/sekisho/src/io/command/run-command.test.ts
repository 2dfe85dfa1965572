import { expect, it } from 'vitest';
import { systemClock } from '../clock/index.ts';
import { runCommand } from './index.ts';

const shell = (script: string, timeoutMs: number) =>
  runCommand({
    clock: systemClock,
    program: '/bin/sh',
    args: ['-c', script],
    input: '',
    timeoutMs,
  });

it('judges a program that has ended by how it ended, whatever it left in the background', async () => {
  expect(await shell('sleep 60 & exit 3', 300)).toMatchObject({ kind: 'exited', code: 3 });
});

it('ends a program that takes too long', async () => {
  expect(await shell('sleep 60', 100)).toEqual({ kind: 'timeout' });
});
