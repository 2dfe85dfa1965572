import { escapeText } from '../../io/log/index.ts';
import { unmatchedHosts } from '../migration/index.ts';

/** A pattern that looks right and is not. */
export interface Trap {
  readonly code: 'wildcard-too-short' | 'wildcard-missing';
  /** As given, escaped. */
  readonly pattern: string;
  /** One sentence, escaped. */
  readonly message: string;
  /** What to write instead; escaped. */
  readonly instead: string;
}

/** Names of providers below which every customer has a host, but which are no MX host themselves. */
const NO_HOSTS: ReadonlySet<string> = new Set(['mail.protection.outlook.com', 'mx.microsoft']);

/** Under it each host stands below one more label, which only the live MX tells. */
const DEEP_ZONE = 'mx.microsoft';

/**
 * Finds patterns that miss the MX hosts they are meant for: an asterisk is exactly one label (RFC 8461 §4.1), and a name
 * allows no host below it. Known ones are found without any live MX host too.
 */
export function findTraps(patterns: readonly string[], liveMx: readonly string[]): readonly Trap[] {
  const missed = unmatchedHosts(patterns, liveMx);
  return patterns.flatMap((pattern) => findTrap(pattern.toLowerCase(), missed, liveMx) ?? []);
}

function findTrap(
  pattern: string,
  missed: readonly string[],
  liveMx: readonly string[],
): Trap | undefined {
  const isWildcard = pattern.startsWith('*.');
  const name = isWildcard ? pattern.slice(2) : pattern;
  const below = missed.find((host) => host.toLowerCase().endsWith(`.${name}`));
  if (below === undefined && !isKnown(name, isWildcard, liveMx)) return undefined;
  const instead =
    below === undefined ? insteadOf(name) : `*.${below.slice(below.indexOf('.') + 1)}`;
  return isWildcard
    ? {
        code: 'wildcard-too-short',
        pattern: escapeText(pattern),
        message: `mx ${escapeText(pattern)} allows one label before ${escapeText(name)} only, not ${escapeText(below ?? `x.h-v1.${name}`)} (RFC 8461 §4.1).`,
        instead: escapeText(instead),
      }
    : {
        code: 'wildcard-missing',
        pattern: escapeText(pattern),
        message: `mx ${escapeText(pattern)} allows that one name, and no host below it such as ${escapeText(below ?? `example-com.${name}`)} (RFC 8461 §4.1).`,
        instead: escapeText(instead),
      };
}

/** A known trap is one until the live MX says otherwise. */
function isKnown(name: string, isWildcard: boolean, liveMx: readonly string[]): boolean {
  if (liveMx.length > 0) return false;
  return isWildcard ? name === DEEP_ZONE : NO_HOSTS.has(name);
}

function insteadOf(name: string): string {
  return name === DEEP_ZONE ? `*.LABEL.${name}, with LABEL from the MX record` : `*.${name}`;
}
