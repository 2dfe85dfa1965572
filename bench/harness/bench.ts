import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Child } from './child.ts';

/** What the parts of one run share. */
export interface Bench {
  /** Removed at the end. */
  readonly directory: string;
  readonly rounds: number;
  /** Progress, for the person who waits. */
  readonly say: (text: string) => void;
  /** A fresh folder inside {@link Bench.directory}. */
  readonly makeFolder: (name: string) => string;
}

/** Runs `work` with a temporary folder. */
export async function withBench<T>(rounds: number, work: (bench: Bench) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'sekisho-bench-'));
  const startMs = performance.now();
  const say = (text: string): void => {
    const seconds = ((performance.now() - startMs) / 1000).toFixed(0).padStart(4);
    process.stderr.write(`${seconds} s  ${text}\n`);
  };
  const makeFolder = (name: string): string => mkdtempSync(join(directory, `${name}-`));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await work({ directory, rounds, say, makeFolder });
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** Runs `work` and then stops the children, the last started first. */
export async function withChildren<T>(start: (children: Child[]) => Promise<T>): Promise<T> {
  const children: Child[] = [];
  try {
    return await start(children);
  } finally {
    for (const child of children.toReversed()) await child.stop();
  }
}
