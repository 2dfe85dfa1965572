import type { Domain } from '@sekisho/spec';

const MOST_MAP_NAMES = 16;
const MOST_ALIASES = 4096;

/**
 * Under which requests replies about a domain may be remembered, so that they can be forgotten together. Nearly all
 * requests are a map name and the domain itself and need no record; the others (`[relay.example.com]:587`, capital
 * letters, U-labels) are listed, and not remembered once there are too many.
 */
export interface RequestNames {
  /** Says whether the reply to this request about this domain may be remembered. */
  add(request: string, policyDomain: Domain): boolean;
  /** Every request under which a reply about the domain may be remembered. */
  of(policyDomain: Domain): readonly string[];
  clear(): void;
}

export function createRequestNames(): RequestNames {
  const mapNames = new Set<string>();
  const aliases = new Map<Domain, Set<string>>();
  let aliasCount = 0;

  const addAlias = (request: string, policyDomain: Domain): boolean => {
    const known = aliases.get(policyDomain);
    if (known?.has(request) === true) return true;
    if (aliasCount >= MOST_ALIASES) return false;
    aliasCount += 1;
    if (known === undefined) aliases.set(policyDomain, new Set([request]));
    else known.add(request);
    return true;
  };

  return {
    add(request, policyDomain) {
      const space = request.indexOf(' ');
      const mapName = request.slice(0, space);
      if (!mapNames.has(mapName) && mapNames.size >= MOST_MAP_NAMES) return false;
      mapNames.add(mapName);
      const isPlain =
        request.length === space + 1 + policyDomain.length && request.endsWith(policyDomain);
      return isPlain || addAlias(request, policyDomain);
    },
    of: (policyDomain) => [
      ...[...mapNames].map((mapName) => `${mapName} ${policyDomain}`),
      ...(aliases.get(policyDomain) ?? []),
    ],
    clear() {
      mapNames.clear();
      aliases.clear();
      aliasCount = 0;
    },
  };
}
