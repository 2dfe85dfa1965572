import { readFileSync } from 'node:fs';

/** Time since the start of the machine that core 0, where servers run, was at work or not. */
export interface CoreTimes {
  readonly busyMs: number;
  readonly totalMs: number;
}

/** What /proc/stat counts in, on every Linux of today. */
const TICK_MS = 10;

export function readServerCore(): CoreTimes {
  const line = /^cpu0 (.*)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1] ?? '';
  // user, nice, system, idle, iowait, irq, softirq, steal; guest times are part of the former.
  const ticks = line.split(' ').slice(0, 8).map(Number);
  const total = ticks.reduce((sum, each) => sum + each, 0);
  const [, , , idle = 0, iowait = 0] = ticks;
  return { busyMs: (total - idle - iowait) * TICK_MS, totalMs: total * TICK_MS };
}
