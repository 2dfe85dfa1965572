import { parsePostfixVersion } from '../../../apply/index.ts';
import { settingMeta } from '../setting-meta.ts';
import { choice, flag, group, parsed } from '../setting-types.ts';

type VersionResult =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: string };

function checkVersion(text: string): VersionResult {
  return parsePostfixVersion(text) === undefined
    ? { ok: false, problem: 'it is no Postfix version' }
    : { ok: true, value: text };
}

/** `postfix`: what the answers have to fit. */
export const postfixGroup = group(
  'What the answers have to fit. `postconf mail_version` tells the version.',
  {
    version: parsed(checkVersion).prefault('3.4').register(settingMeta, {
      description:
        'The oldest Postfix that asks the map `sts`. From 3.4 its answers carry `servername`, from 3.10 the attributes for TLS reports, which an older Postfix takes for an error and defers the mail. The map `sts-tlsrpt` always has the attributes of 3.10.',
      allowed: 'a version in quotes, such as "3.7" or "3.10"',
      example: '3.10',
    }),
    testing: choice(['nothing', 'report'], 'nothing', {
      description:
        'What a policy in mode `testing` answers. `nothing`: as if there were no policy. `report`: `defaultLevel` with the attributes of 3.10, so that TLS reports name the policy; only where these attributes are allowed. A level such as `may` checks no certificate, so it reports none that would have failed. Neither blocks mail.',
    }),
    defaultLevel: choice(['may', 'encrypt', 'dane', 'dane-only'], 'may', {
      description:
        'Your `smtp_tls_security_level`. Used by `testing: report`. With `dane` or `dane-only`, domains that are protected by DANE are left to DANE (RFC 8461 §2).',
    }),
    smartHosts: flag(true, {
      description:
        'Whether a next hop such as `[relay.example.com]:587` is looked up as the policy domain `relay.example.com` (RFC 8461 §3.4).',
    }),
  },
);
