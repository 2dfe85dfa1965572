import type { PolicyVersion } from '../../../publish/store/index.ts';
import { showRemote } from '../text/remote-text.ts';
import { formatMaxAge } from './max-age.ts';

/** A policy in a few words: `mode testing, max_age 7 days (604800 s), mx mx.example.com`. */
export function describeVersion({ mode, maxAgeSeconds, mx }: PolicyVersion): string {
  const hosts =
    mx.length === 0 ? [] : [`mx ${mx.map((pattern) => showRemote(pattern)).join(', ')}`];
  return [`mode ${mode}`, `max_age ${formatMaxAge(maxAgeSeconds)}`, ...hosts].join(', ');
}
