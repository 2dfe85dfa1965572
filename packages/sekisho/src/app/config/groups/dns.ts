import { z } from 'zod';
import { parseDnsServer } from '../dns-server.ts';
import { settingMeta } from '../setting-meta.ts';
import { group, parsed, path, wholeNumber } from '../setting-types.ts';

/** `dns`: the resolvers that are asked. */
export const dnsGroup = group('The resolvers that are asked.', {
  servers: z
    .array(parsed(parseDnsServer))
    .prefault([])
    .register(settingMeta, {
      description: 'Addresses of resolvers; port 53 unless given. Empty: those of `resolvConf`.',
      allowed: 'a list of IP addresses, each with or without a port ("[IPv6]:port")',
      example: ['127.0.0.1', '[::1]:5353'],
    }),
  resolvConf: path('/etc/resolv.conf', {
    description: 'Where resolvers are read from, and read again when the file changes.',
  }),
  timeoutMs: wholeNumber(1500, {
    min: 50,
    max: 30_000,
    unit: 'milliseconds',
    description: 'How long one try waits for one server.',
  }),
  tries: wholeNumber(2, {
    min: 1,
    max: 10,
    unit: 'tries',
    description: 'How often every server is asked before the lookup fails.',
  }),
  deadlineMs: wholeNumber(8000, {
    min: 50,
    max: 60_000,
    unit: 'milliseconds',
    description: 'When a lookup fails, over all tries and servers.',
  }),
});
