import { type Domain, POLICY_PATH } from '@sekisho/spec';
import { findPathProblem } from './policy-tree.ts';

const SNIPPET = `# MTA-STS policies (RFC 8461 §3.3), written by "sekisho publish export".
# Import this file; Caddy 2.5 or newer. Caddy orders the certificates itself.

(mta-sts) {
	tls {
		protocols tls1.2 tls1.3
	}
	@policy {
		path ${POLICY_PATH}
		method GET HEAD
	}
	handle @policy {
		header Content-Type text/plain
		header Cache-Control max-age=60
		file_server {
			disable_canonical_uris
		}
	}
	handle {
		respond 404
	}
}
`;

const renderSite = (domain: Domain, directory: string): string => `
mta-sts.${domain} {
	root * "${directory}/mta-sts.${domain}"
	import mta-sts
}
`;

/**
 * Sites for Caddy, one a domain.
 *
 * @param directory absolute path of the tree.
 * @throws TypeError for a directory that `findPathProblem` objects to.
 */
export function renderCaddyfile(domains: readonly Domain[], directory: string): string {
  const problem = findPathProblem(directory);
  if (problem !== undefined) throw new TypeError(`Cannot write ${directory} for Caddy: ${problem}`);
  return `${SNIPPET}${domains.map((domain) => renderSite(domain, directory)).join('')}`;
}
