import { z } from 'zod';
import { parseAddressRange } from '../address-range.ts';
import { parseDomainName } from '../domain-name.ts';
import { parseIpAddress } from '../ip-address.ts';
import { settingMeta } from '../setting-meta.ts';
import {
  group,
  listenAddresses,
  listenAddressOrOff,
  optionalPath,
  parsed,
  wholeNumber,
} from '../setting-types.ts';
import { parseReportAddress } from '../web-address.ts';
import { publishAcmeGroup } from './publish-acme.ts';
import { publishDnsGroup } from './publish-dns.ts';
import { publishedDomains } from './publish-domains.ts';
import { publishProbeGroup } from './publish-probe.ts';

const listenGroup = group('Where others reach `sekisho publish serve`.', {
  https: listenAddresses(['127.0.0.1:8463'], {
    description:
      'Addresses of the policy host. The Internet asks port 443: `[::]:443` takes IPv4 as well. `[]` turns it off.',
    example: ['[::]:443'],
  }),
  http: listenAddresses(['127.0.0.1:8464'], {
    description:
      'Addresses that answer challenges of the certificate authority (http-01) and nothing else. It asks port 80. `[]` turns it off.',
    example: ['[::]:80'],
  }),
  plain: listenAddresses([], {
    description:
      'Addresses that give out policies over plain HTTP, for a web server of yours that does TLS in front.',
    example: ['127.0.0.1:8466'],
  }),
  admin: listenAddressOrOff('127.0.0.1:8465', {
    description:
      'Address of the HTTP listener for `/metrics`, `/healthz` and `/v1/ask?domain=`. It has no authentication: keep it on loopback or behind something that has.',
  }),
});

const targetGroup = group(
  'Where `mta-sts.DOMAIN` has to point, for `sekisho dns` and the check before a certificate is ordered. Give addresses or a name.',
  {
    addresses: z
      .array(parsed(parseIpAddress))
      .prefault([])
      .register(settingMeta, {
        description: 'Public addresses of this policy host, for A and AAAA records.',
        allowed: 'a list of IP addresses',
        example: ['192.0.2.7', '2001:db8::7'],
      }),
    name: parsed(parseDomainName).optional().register(settingMeta, {
      description:
        'Public name of this policy host, for a CNAME record; what hosting providers want.',
      allowed: 'a domain',
      example: 'policies.example.net',
    }),
  },
);

/** `publish`: our own policies, of which others read. */
export const publishGroup = group(
  'Publishing policies for domains of your own: what `sekisho publish serve` does, a process beside the daemon.',
  {
    stateDirectory: optionalPath({
      description:
        'Where policies, their history, keys and certificates are; created with mode 0700 if it is missing. A service with a user of its own keeps the keys from the others, and needs a directory that is not below theirs.',
      defaultText: '`publisher` in `stateDirectory`',
      example: '/var/lib/sekisho-publish',
    }),
    listen: listenGroup,
    trustedProxies: z
      .array(parsed(parseAddressRange))
      .prefault([])
      .register(settingMeta, {
        description: 'Web servers in front of `plain` whose `X-Forwarded-For` is believed.',
        allowed: 'a list of address ranges such as "127.0.0.1" or "10.0.0.0/8"',
        example: ['127.0.0.1/32', '::1/128'],
      }),
    domains: publishedDomains,
    acme: publishAcmeGroup,
    dns: publishDnsGroup,
    target: targetGroup,
    reportTo: z
      .array(parsed(parseReportAddress))
      .prefault([])
      .register(settingMeta, {
        description:
          'Where TLS reports about published domains shall go (`rua` of RFC 8460 §3), for `sekisho dns`.',
        allowed: 'a list of "mailto:" and "https:" addresses',
        example: ['mailto:tls-reports@example.com'],
      }),
    gates: group('What stands between `testing` and `enforce`.', {
      days: wholeNumber(14, {
        min: 0,
        // Looks at MX hosts are kept for 60 days.
        max: 57,
        unit: 'days',
        description: 'How long everything must have been well before `enforce` is taken.',
      }),
    }),
    probe: publishProbeGroup,
    pollSeconds: wholeNumber(5, {
      min: 1,
      max: 60,
      unit: 'seconds',
      description: 'How often is looked for work that is due.',
    }),
    fetchLog: group('Who fetched which policy: what the rollout knows of senders.', {
      keepDays: wholeNumber(90, {
        min: 1,
        max: 3660,
        unit: 'days',
        description:
          'How long address, user agent and id of a fetch are kept. Addresses of senders may be personal data.',
      }),
    }),
    export: optionalPath({
      description:
        'Directory to which every served policy is written as well, for a web server that serves files.',
      example: '/var/www/mta-sts',
    }),
  },
);
