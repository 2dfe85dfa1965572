import { TLSRPT_MAP_NAME } from '../../apply/index.ts';
import type { Settings } from '../config/index.ts';
import type { Daemon } from './daemon.ts';
import { postfixVersion } from '../postfix-version.ts';
import { placeOf } from '../state/index.ts';

/** What a postmaster needs to see after the first start: where Sekisho listens, and the lines for `main.cf`. */
export function formatWelcome({ socketmap, admin }: Daemon, settings: Settings): string {
  const { major, minor } = postfixVersion(settings);
  const map = major > 3 || (major === 3 && minor >= 10) ? TLSRPT_MAP_NAME : 'sts';
  const [first = '127.0.0.1:8461'] = socketmap;
  const where = first.startsWith('unix:') ? first : `inet:${first}`;
  return [
    'Sekisho is ready.',
    ...socketmap.map((address) => `  socketmap  ${address}`),
    `  admin      ${admin === undefined ? 'off' : `http://${admin} (/v1/policy/DOMAIN, /metrics, /healthz)`}`,
    `  state      ${placeOf(settings, 'sender').directory}`,
    '',
    'Add to main.cf, then run "postfix reload":',
    `  smtp_tls_policy_maps = socketmap:${where}:${map}`,
    '  smtp_tls_security_level = may',
    '  smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt',
    '',
    `Try it:  postmap -q gmail.com socketmap:${where}:${map}`,
    '',
  ].join('\n');
}
