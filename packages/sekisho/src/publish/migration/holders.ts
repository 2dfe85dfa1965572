import { matchMxTexts } from '@sekisho/spec';
import type { FetchCount, PolicyVersion, PublishedDomain } from '../store/index.ts';

/** `Cache-Control: max-age` of the policy host: a proxy may give out the former text so long (RFC 8461 §8.2). */
const PROXY_CACHE_MS = 60_000;

/**
 * Until when a sender may hold a version: its max_age after the last moment at which it was given out (RFC 8461 §8.3),
 * in milliseconds since 1970. `Infinity` while it is served, `-Infinity` for one that never was. No shorter for what
 * we know of fetches: a proxy may have answered others.
 */
export function heldUntilMs(
  version: Pick<PolicyVersion, 'servedFromMs' | 'servedUntilMs' | 'maxAgeSeconds'>,
): number {
  if (version.servedFromMs === undefined) return Number.NEGATIVE_INFINITY;
  if (version.servedUntilMs === undefined) return Number.POSITIVE_INFINITY;
  // A clock that was set back in between makes it end before it began.
  const lastMs = Math.max(version.servedFromMs, version.servedUntilMs);
  return lastMs + PROXY_CACHE_MS + version.maxAgeSeconds * 1000;
}

/**
 * From when records and host may go: no sender holds any more what was served before the `none` that is served now
 * (RFC 8461 §8.3). `Infinity` while a policy of another mode is served, `-Infinity` when none ever was.
 */
export function mayGoAtMs(
  { served }: Pick<PublishedDomain, 'served'>,
  versions: readonly PolicyVersion[],
): number {
  const counted = versions.filter(({ number, mode }) => number !== served || mode !== 'none');
  return Math.max(Number.NEGATIVE_INFINITY, ...counted.map(heldUntilMs));
}

/** The versions that a sender may still hold, in the order given. */
export function listHeld(versions: readonly PolicyVersion[], nowMs: number): PolicyVersion[] {
  return versions.filter((version) => heldUntilMs(version) > nowMs);
}

/**
 * How many different addresses were seen to fetch the version within its max_age, and no other id since. A lower bound
 * of the senders that hold it.
 */
export function countHolders(
  version: Pick<PolicyVersion, 'id' | 'maxAgeSeconds'>,
  fetches: readonly FetchCount[],
  nowMs: number,
): number {
  const latest = new Map<string, FetchCount>();
  for (const fetch of fetches) {
    const known = latest.get(fetch.address);
    if (known === undefined || known.lastAtMs < fetch.lastAtMs) latest.set(fetch.address, fetch);
  }
  const sinceMs = nowMs - version.maxAgeSeconds * 1000;
  return [...latest.values()].filter(({ id, lastAtMs }) => id === version.id && lastAtMs > sinceMs)
    .length;
}

/** The hosts that no pattern allows, in their order (RFC 8461 §4.1). */
export function unmatchedHosts(
  patterns: readonly string[],
  mxHosts: readonly string[],
): readonly string[] {
  return mxHosts.filter((host) => matchMxTexts(patterns, host) === undefined);
}

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
  const pattern = matchMxTexts(mx, mxHost);
  if (pattern !== undefined) return { mxHost, does: 'deliver', pattern };
  const without = { enforce: 'refuse', testing: 'deliver-and-report', none: 'deliver' } as const;
  return { mxHost, does: without[mode] };
}

/** A moment for people, such as `2026-01-31 06:00 UTC`. */
export function formatInstant(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
