import { z } from 'zod';
import { parseAddressRange } from '../address-range.ts';
import { parseProxy } from '../proxy.ts';
import { settingMeta } from '../setting-meta.ts';
import { flag, group, optionalPath, parsed, wholeNumber } from '../setting-types.ts';

/** `https`: how policies are fetched (RFC 8461 §3.3). */
export const httpsGroup = group('How policies are fetched (RFC 8461 §3.3).', {
  caFile: optionalPath({
    description: 'PEM file of certificate authorities, in place of those that Node brings with it.',
    defaultText: 'the authorities that Node brings with it',
    example: '/etc/ssl/certs/ca-certificates.crt',
  }),
  deadlineMs: wholeNumber(10_000, {
    min: 1,
    max: 60_000,
    unit: 'milliseconds',
    description: 'When a fetch fails, from the first lookup to the last byte.',
  }),
  port: wholeNumber(443, {
    min: 1,
    max: 65_535,
    description:
      'Port of policy hosts. The standard knows only 443; anything else is for closed networks.',
  }),
  allowedAddresses: z
    .array(parsed(parseAddressRange))
    .prefault([])
    .register(settingMeta, {
      description:
        'Addresses of policy hosts that are allowed although they are private, loopback or link-local. Others can make Sekisho connect to any address in this list.',
      allowed: 'a list of address ranges such as "10.0.0.0/8", or "any"',
      example: ['10.0.0.0/8', 'fd00::/8'],
    }),
  requireTextPlain: flag(true, {
    description:
      'Whether a policy must come as `text/plain` (RFC 8461 §3.2 SHOULD). It guards against hosts where users can upload files.',
  }),
  proxy: parsed(parseProxy).optional().register(settingMeta, {
    description:
      'HTTP proxy through which policies are fetched (`CONNECT`). `off` ignores the environment.',
    allowed: '"off", or a URL such as "http://proxy.example.com:3128"',
    defaultText: '`HTTPS_PROXY` of the environment',
    example: 'http://proxy.example.com:3128',
    secret: true,
  }),
  noProxy: z
    .array(z.string())
    .prefault([])
    .register(settingMeta, {
      description:
        'Domains whose policy hosts are reached without the proxy, each with all below it; `*` stands for every domain.',
      allowed: 'a list of domains',
      defaultText: '`NO_PROXY` of the environment',
      example: ['example.com', '.internal.example'],
    }),
  maxConcurrent: wholeNumber(64, {
    min: 1,
    max: 4096,
    unit: 'fetches',
    description: 'Fetches under way at one time; further ones wait for their turn.',
  }),
});
