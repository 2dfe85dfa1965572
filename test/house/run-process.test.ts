import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runProcess } from '../../tools/run-process.ts';

/** A process that lives on in a group of its own, as a daemon does. */
const LEAVE_ONE = `
  const { spawn } = require('node:child_process');
  spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { detached: true, stdio: 'ignore' }).unref();`;

describe('a step of the test run', () => {
  it('has no problems when its command ends well', async () => {
    expect((await runProcess(['node', '-e', ''], 10_000)).problems).toEqual([]);
  });

  it('reports the exit code', async () => {
    expect((await runProcess(['node', '-e', 'process.exit(3)'], 10_000)).problems).toEqual([
      'ended with 3',
    ]);
  });

  it('reports a command that cannot be started', async () => {
    const { problems } = await runProcess(['no-such-command-of-sekisho'], 10_000);
    expect(problems[0]).toContain('cannot start no-such-command-of-sekisho');
  });

  it('ends what takes too long', async () => {
    const { problems } = await runProcess(['node', '-e', 'setTimeout(() => {}, 60_000)'], 500);
    expect(problems).toEqual(['ended with SIGKILL']);
  });

  it.runIf(process.platform === 'linux')(
    'names and ends processes that are left behind',
    async () => {
      const { problems } = await runProcess(['node', '-e', LEAVE_ONE], 10_000);
      expect(problems).toHaveLength(1);
      const pid = Number(/^left process (\d+) running: .*setTimeout/.exec(problems[0] ?? '')?.[1]);
      await expect.poll(() => isRunning(pid)).toBe(false);
    },
  );
});

/** A process that has ended but was not yet collected has an empty command line. */
function isRunning(pid: number): boolean {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) && readFileSync(file, 'utf8') !== '';
}
