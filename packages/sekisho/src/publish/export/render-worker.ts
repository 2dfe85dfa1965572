import { POLICY_PATH } from '@sekisho/spec';
import { escapeJsonLine } from '../../io/log/index.ts';
import type { ExportedPolicy } from './policy-tree.ts';

/**
 * A Cloudflare Worker that carries the policies in itself: nothing to be stored elsewhere, and nothing that is looked up
 * by what a client says but own keys of the table.
 */
export function renderWorker(policies: readonly ExportedPolicy[]): string {
  const rows = policies.map(
    ({ domain, body }) => `  ${toLiteral(`mta-sts.${domain}`)}: ${toLiteral(body)},\n`,
  );
  return `// MTA-STS policies (RFC 8461 §3.3), written by "sekisho publish export".
// Give the Worker a custom domain for every host below. For these hosts set the minimum TLS version to 1.2, and
// turn off Browser Integrity Check, Bot Fight Mode and redirect rules: senders are no browsers.
const POLICIES = {
${rows.join('')}};

const PLAIN = { 'content-type': 'text/plain', 'x-content-type-options': 'nosniff' };

export default {
  fetch(request) {
    const { hostname, pathname } = new URL(request.url);
    if (pathname !== '${POLICY_PATH}' || !Object.hasOwn(POLICIES, hostname))
      return new Response('Not found\\n', { status: 404, headers: PLAIN });
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return new Response('Method not allowed\\n', {
        status: 405,
        headers: { ...PLAIN, allow: 'GET, HEAD' },
      });
    const body = request.method === 'HEAD' ? null : POLICIES[hostname];
    return new Response(body, { headers: { ...PLAIN, 'cache-control': 'max-age=60' } });
  },
};
`;
}

/** A string in double quotes that means the same in JSON and in JavaScript of any age. */
function toLiteral(text: string): string {
  return escapeJsonLine(JSON.stringify(text));
}
