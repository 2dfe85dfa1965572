import { z } from 'zod';
import { parseDnsServer } from '../dns-server.ts';
import { parseDomainName } from '../domain-name.ts';
import { settingMeta } from '../setting-meta.ts';
import { choice, group, optionalPath, parsed, wholeNumber } from '../setting-types.ts';

const delegationGroup = group(
  'For hosting providers: customers have two CNAMEs, and the provider alone changes ids (RFC 8461 §8.2).',
  {
    signalling: z.string().optional().register(settingMeta, {
      description:
        'Name that `_mta-sts.DOMAIN` is a CNAME to, with `{domain}` in place of the domain: every domain needs a record of its own.',
      allowed: 'a domain name that holds "{domain}"',
    }),
    host: z.string().optional().register(settingMeta, {
      description: 'Name that `mta-sts.DOMAIN` is a CNAME to; it may hold `{domain}` too.',
      allowed: 'a domain name',
    }),
  },
);

/** `publish.dns`: how the id in the TXT record is changed. */
export const publishDnsGroup = group('How the id in the TXT record `_mta-sts` is changed.', {
  update: choice(['by-hand', 'rfc2136', 'command'], 'by-hand', {
    description:
      '`by-hand`: you enter it, and Sekisho waits until it is there. `rfc2136`: dynamic update with TSIG, as BIND, Knot and PowerDNS take it. `command`: a program of yours does it.',
  }),
  server: parsed(parseDnsServer).optional().register(settingMeta, {
    description: 'The primary server that takes dynamic updates; port 53 unless given.',
    allowed: 'an IP address with or without a port ("[IPv6]:port")',
    example: '127.0.0.1:53',
  }),
  tsigName: z
    .string()
    .regex(/^[\w.-]{1,253}$/u, 'it is no name of a key')
    .optional()
    .register(settingMeta, {
      description: 'Name of the TSIG key (RFC 8945).',
      allowed: 'the name of a key',
      defaultText: 'what the file says',
    }),
  tsigAlgorithm: z
    .enum(['hmac-sha256', 'hmac-sha384', 'hmac-sha512', 'hmac-sha224'])
    .optional()
    .register(settingMeta, {
      description: 'Algorithm of the TSIG key.',
      defaultText: 'what the file says, else `hmac-sha256`',
      example: 'hmac-sha512',
    }),
  tsigSecretFile: optionalPath({
    description:
      'File with the TSIG key: as `tsig-keygen` of BIND or `keymgr -t` of Knot writes it, or the bare secret in base64. Nobody but the service should be able to read it.',
  }),
  command: z
    .array(z.string().min(1))
    .prefault([])
    .register(settingMeta, {
      description:
        'Program and arguments that change a record, called without a shell. It reads one JSON object on standard input; see docs/publish.md.',
      allowed: 'a list: the absolute path of a program, then its arguments',
      example: ['/usr/local/bin/dns-hook', '--zone-from-name'],
    }),
  ttlSeconds: wholeNumber(300, {
    min: 1,
    max: 86_400,
    unit: 'seconds',
    description: 'Life of the TXT record in caches.',
  }),
  zones: z
    .array(parsed(parseDomainName))
    .prefault([])
    .register(settingMeta, {
      description:
        'Zones that may be changed. Empty: whatever the server or the program takes. A CNAME that leads elsewhere is then an error before anything is sent.',
      allowed: 'a list of domains',
      example: ['example.com'],
    }),
  delegation: delegationGroup,
  authorityPort: wholeNumber(53, {
    min: 1,
    max: 65_535,
    description:
      'Port of authoritative servers. The standard knows only 53; anything else is for closed networks.',
  }),
});
