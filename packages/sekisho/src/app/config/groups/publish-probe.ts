import { parseDomainName } from '../domain-name.ts';
import { settingMeta } from '../setting-meta.ts';
import { group, optionalPath, parsed, wholeNumber } from '../setting-types.ts';

/** `publish.probe`: how the MX hosts are looked at. */
export const publishProbeGroup = group(
  'How the MX hosts of published domains are looked at, as a sender would do it.',
  {
    everySeconds: wholeNumber(21_600, {
      min: 60,
      max: 86_400,
      unit: 'seconds',
      description:
        'How often every MX host is looked at; once a day at least, since the gates want a clean look for each day.',
    }),
    port: wholeNumber(25, {
      min: 1,
      max: 65_535,
      description: 'Port of MX hosts. Anything but 25 is for closed networks.',
    }),
    heloName: parsed(parseDomainName).optional().register(settingMeta, {
      description: 'The name in EHLO.',
      allowed: 'a domain',
      defaultText: 'the name of this machine',
      example: 'mail.example.com',
    }),
    caFile: optionalPath({
      description:
        'PEM file of authorities that vouch for MX hosts, in place of those that Node brings with it.',
      defaultText: 'the authorities that Node brings with it',
      example: '/etc/ssl/certs/ca-certificates.crt',
    }),
    timeoutMs: wholeNumber(30_000, {
      min: 100,
      max: 300_000,
      unit: 'milliseconds',
      description: 'When a look at one address is given up.',
    }),
  },
);
