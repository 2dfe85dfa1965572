import { z } from 'zod';
import { settingMeta } from '../setting-meta.ts';
import { flag, group, optionalPath, parsed } from '../setting-types.ts';
import { parseContact, parseDirectoryUrl } from '../web-address.ts';

/** `publish.acme`: where certificates come from (RFC 8555). */
export const publishAcmeGroup = group('Where certificates of policy hosts come from (RFC 8555).', {
  directory: parsed(parseDirectoryUrl).prefault('off').register(settingMeta, {
    description:
      'Directory of the certificate authority, such as `https://acme-v02.api.letsencrypt.org/directory`. `off`: there are only certificates of your own.',
    allowed: '"off", or an "https:" URL',
  }),
  acceptTerms: flag(false, {
    description: "Whether you accept the authority's terms of service; nothing is ordered before.",
  }),
  contact: z
    .array(parsed(parseContact))
    .prefault([])
    .register(settingMeta, {
      description: 'Mail addresses at which the authority can reach you.',
      allowed: 'a list of mail addresses',
      example: ['postmaster@example.com'],
    }),
  challenges: z
    .array(z.enum(['http-01', 'tls-alpn-01']))
    .min(1)
    .prefault(['http-01', 'tls-alpn-01'])
    .register(settingMeta, {
      description:
        'How the authority may see that the host is yours, the first choice first: over port 80 (`http-01`) or over port 443 (`tls-alpn-01`).',
      allowed: 'a list of "http-01" and "tls-alpn-01"',
    }),
  selfCheck: flag(true, {
    description:
      'Whether Sekisho first looks over the public name whether challenges reach it, and orders nothing before. `false` where this machine cannot reach its own public address.',
  }),
  eabKeyId: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/u, 'it holds a space or is empty')
    .optional()
    .register(settingMeta, {
      description: 'Key identifier of an external account binding, where the authority wants one.',
      allowed: 'what the authority gave you',
    }),
  eabKeyFile: optionalPath({
    description: 'File with the key of that binding, in base64url as the authority gave it.',
  }),
  caFile: optionalPath({
    description:
      'PEM file of authorities that vouch for the directory itself; for an authority of your own.',
    defaultText: 'the authorities that Node brings with it',
    example: '/etc/ssl/certs/private-root.pem',
  }),
});
