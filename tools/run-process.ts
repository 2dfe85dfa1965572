import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const MARK = 'SEKISHO_TEST_RUN';
/** What a process may take to end after its parent has. */
const GRACE_MS = 3_000;

/** What is wrong with a run, a sentence each; empty if all is well. */
export interface Outcome {
  readonly problems: readonly string[];
}

function readEnvironment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return ''; // it has ended meanwhile, or it is somebody else's
  }
}

/** Processes that inherited the mark and are still there. Nothing on systems without /proc. */
function findMarked(mark: string): number[] {
  const entries = process.platform === 'linux' ? readdirSync('/proc') : [];
  const pids = entries.filter((entry) => /^\d+$/.test(entry));
  return pids.filter((pid) => readEnvironment(pid).includes(`${MARK}=${mark}\0`)).map(Number);
}

function describePid(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
  } catch {
    return 'ended meanwhile';
  }
}

function endNow(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

/** Ends what the run left behind, and says what it was. */
async function endLeftovers(mark: string): Promise<string[]> {
  const untilMs = performance.now() + GRACE_MS;
  let left = findMarked(mark);
  while (left.length > 0 && performance.now() < untilMs) {
    await delay(100);
    left = findMarked(mark);
  }
  const problems = left.map((pid) => `left process ${pid} running: ${describePid(pid)}`);
  endNow(left);
  return problems;
}

/**
 * Runs a command to its end with its output on ours, and sees to it that nothing of it stays behind.
 * @param limitMs after this it is ended together with everything it started.
 */
export async function runProcess(
  [command, ...args]: readonly [string, ...string[]],
  limitMs: number,
): Promise<Outcome> {
  const mark = randomUUID();
  const path = [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH: path, [MARK]: mark };
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const endAll = (): void => endNow([...findMarked(mark), ...(child.pid ? [child.pid] : [])]);
  process.once('exit', endAll);
  const limit = setTimeout(endAll, Math.max(0, limitMs));
  const ended = await new Promise<string>((done) => {
    child.once('error', (error) => done(`cannot start ${command}: ${error.message}`));
    child.once('exit', (code, signal) => done(code === 0 ? '' : `ended with ${code ?? signal}`));
  });
  clearTimeout(limit);
  process.off('exit', endAll);
  return { problems: [ended, ...(await endLeftovers(mark))].filter((problem) => problem !== '') };
}
