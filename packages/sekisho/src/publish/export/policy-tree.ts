import { type Domain, POLICY_PATH, policyHost } from '@sekisho/spec';
import type { StaticFiles } from '../../io/static-files/index.ts';

/** A policy to be given out as a file. */
export interface ExportedPolicy {
  readonly domain: Domain;
  /** The exact text, with CRLF line ends. */
  readonly body: string;
}

/** Policies as `mta-sts.DOMAIN/.well-known/mta-sts.txt` below one directory. */
export interface PolicyTree {
  /** Throws IoError `file-unwritable`. */
  put(policy: ExportedPolicy): Promise<void>;
  /** Throws IoError `file-unwritable`. */
  remove(domain: Domain): Promise<void>;
}

/** @param files relative to the directory that web servers read. */
export function createPolicyTree(files: StaticFiles): PolicyTree {
  return {
    async put({ domain, body }) {
      const path = pathOf(domain);
      if (path !== undefined) await files.put(path, body);
    },
    async remove(domain) {
      const path = pathOf(domain);
      if (path !== undefined) await files.remove(path);
    },
  };
}

/** A `Domain` holds no slash and no `..`; undefined for one that can have no policy host. */
function pathOf(domain: Domain): string | undefined {
  const host = policyHost(domain);
  return host === undefined ? undefined : `${host}${POLICY_PATH}`;
}

/** What stands for itself, quoted, in the configuration of nginx and of Caddy alike. */
const PLAIN = /^\/[\w./@+:=, ~-]*$/u;

/** Why a directory cannot stand in the snippets; undefined where it can. What would need escaping is refused. */
export function findPathProblem(directory: string): string | undefined {
  if (PLAIN.test(directory)) return undefined;
  return directory.startsWith('/')
    ? 'its name holds a character with a meaning in configurations of web servers'
    : 'it is not an absolute path';
}
