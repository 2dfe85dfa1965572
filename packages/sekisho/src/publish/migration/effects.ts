import type { PolicyVersion } from '../store/index.ts';
import { heldUntilMs, listHeld } from './holders.ts';
import { matchingPattern } from './matching.ts';

/** What senders that hold one version do with mail, host by host (RFC 8461 §5). */
export interface HolderEffect {
  readonly version: PolicyVersion;
  /** Until when a sender may hold it; absent while it is served. */
  readonly untilMs?: number;
  readonly hosts: readonly HostEffect[];
}

export interface HostEffect {
  readonly mxHost: string;
  /** What is said of TLS and certificates apart: the name alone decides here. */
  readonly does: 'deliver' | 'deliver-and-report' | 'refuse';
  /** The mx that allows the host. */
  readonly pattern?: string;
}

/** For each version that a sender may still hold: which MX hosts it takes, and which it refuses in its mode. */
export function whatHoldersDo(input: {
  readonly versions: readonly PolicyVersion[];
  readonly mxHosts: readonly string[];
  readonly nowMs: number;
}): readonly HolderEffect[] {
  const { versions, mxHosts, nowMs } = input;
  return listHeld(versions, nowMs).map((version) => {
    const untilMs = heldUntilMs(version);
    const hosts = mxHosts.map((mxHost) => effectOn(version, mxHost));
    return { version, ...(Number.isFinite(untilMs) && { untilMs }), hosts };
  });
}

function effectOn({ mode, mx }: PolicyVersion, mxHost: string): HostEffect {
  const pattern = matchingPattern(mx, mxHost);
  if (pattern !== undefined) return { mxHost, does: 'deliver', pattern };
  const without = { enforce: 'refuse', testing: 'deliver-and-report', none: 'deliver' } as const;
  return { mxHost, does: without[mode] };
}
