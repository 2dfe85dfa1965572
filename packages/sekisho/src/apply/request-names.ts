import type { Domain } from '@sekisho/spec';

const MOST_MAP_NAMES = 16;
const MOST_ALIASES = 4096;

/**
 * Under which requests replies about a domain may be remembered, so that they can be forgotten together. Nearly all
 * requests are a map name and the domain itself and need no record; the others (`[relay.example.com]:587`, capital
 * letters, U-labels) are listed, and not remembered once there are too many.
 */
export class RequestNames {
  readonly #mapNames = new Set<string>();
  readonly #aliases = new Map<Domain, Set<string>>();
  #aliasCount = 0;

  /** Says whether the reply to this request about this domain may be remembered. */
  add(request: string, policyDomain: Domain): boolean {
    const space = request.indexOf(' ');
    const mapName = request.slice(0, space);
    if (!this.#mapNames.has(mapName) && this.#mapNames.size >= MOST_MAP_NAMES) return false;
    this.#mapNames.add(mapName);
    const isPlain =
      request.length === space + 1 + policyDomain.length && request.endsWith(policyDomain);
    return isPlain || this.#addAlias(request, policyDomain);
  }

  /** Every request under which a reply about the domain may be remembered. */
  of(policyDomain: Domain): readonly string[] {
    const plain = Array.from(this.#mapNames, (mapName) => `${mapName} ${policyDomain}`);
    return [...plain, ...(this.#aliases.get(policyDomain) ?? [])];
  }

  clear(): void {
    this.#mapNames.clear();
    this.#aliases.clear();
    this.#aliasCount = 0;
  }

  #addAlias(request: string, policyDomain: Domain): boolean {
    const known = this.#aliases.get(policyDomain);
    if (known?.has(request) === true) return true;
    if (this.#aliasCount >= MOST_ALIASES) return false;
    this.#aliasCount += 1;
    if (known === undefined) this.#aliases.set(policyDomain, new Set([request]));
    else known.add(request);
    return true;
  }
}
