import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until `isSo`. @throws Error after `withinMs` (default 20 seconds). */
export async function waitFor(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  { withinMs = 20_000, everyMs = 50 }: { withinMs?: number; everyMs?: number } = {},
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs} ms for ${what}, in vain`);
    await delay(everyMs);
  }
}
