import { type Domain, POLICY_PATH } from '@sekisho/spec';
import { findPathProblem } from './policy-tree.ts';

const HEAD = `# MTA-STS policies (RFC 8461 §3.3), written by "sekisho publish export".
# Include this file in the http block, and name a certificate for every host.
# Senders follow no redirect: keep every "return 301" away from these hosts.

# Whoever asks for another name gets no certificate (RFC 8461 §7.1). nginx 1.19.4 or newer; leave it out if
# your configuration has a default_server already.
server {
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name _;
    ssl_reject_handshake on;
}
`;

function renderServer(domain: Domain, directory: string): string {
  const host = `mta-sts.${domain}`;
  return `
server {
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name ${host};

    ssl_certificate     "/etc/ssl/${host}/fullchain.pem";
    ssl_certificate_key "/etc/ssl/${host}/privkey.pem";
    ssl_protocols TLSv1.2 TLSv1.3;

    location = ${POLICY_PATH} {
        root "${directory}/${host}";
        types { }
        default_type text/plain;
        gzip off;
        add_header Cache-Control "max-age=60";
    }
    location / {
        return 404;
    }
}
`;
}

/**
 * Servers for nginx, one a domain.
 *
 * @param directory absolute path of the tree.
 * @throws TypeError for a directory that `findPathProblem` objects to.
 */
export function renderNginx(domains: readonly Domain[], directory: string): string {
  const problem = findPathProblem(directory);
  if (problem !== undefined) throw new TypeError(`Cannot write ${directory} for nginx: ${problem}`);
  return `${HEAD}${domains.map((domain) => renderServer(domain, directory)).join('')}`;
}
