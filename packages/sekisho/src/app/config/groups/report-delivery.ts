import { z } from 'zod';
import { settingMeta } from '../setting-meta.ts';
import { choice, flag, group, optionalPath, parsed, wholeNumber } from '../setting-types.ts';
import { parseDomainName } from '../domain-name.ts';

/** `report.mail`: how report mail leaves. */
export const reportMailGroup = group('The mail server of yours that report mail is handed to.', {
  host: z
    .string()
    .regex(/^[a-z0-9.:-]{1,253}$/iu, 'it is neither an address nor a name')
    .prefault('127.0.0.1')
    .register(settingMeta, {
      description: 'Its address or name.',
      allowed: 'an IP address or a host name',
      example: 'mail.example.com',
    }),
  port: wholeNumber(25, {
    min: 1,
    max: 65_535,
    description: 'Its port: 25, or 587 and 465 where one signs in.',
  }),
  tls: choice(['opportunistic', 'required', 'implicit', 'off'], 'opportunistic', {
    description:
      '`opportunistic`: STARTTLS where it works. `required`: STARTTLS with a valid certificate. `implicit`: TLS from the first byte, with such a certificate. `off`: none.',
  }),
  caFile: optionalPath({
    description: 'PEM file of authorities that vouch for its certificate.',
    defaultText: 'the authorities that Node brings with it',
    example: '/etc/ssl/certs/private-root.pem',
  }),
  user: z
    .string()
    .regex(/^[^\p{Cc}]{1,256}$/u, 'it is empty or holds a control character')
    .optional()
    .register(settingMeta, {
      description: 'Whom to sign in as; only over TLS or on this machine.',
      allowed: 'a user name',
    }),
  passwordFile: optionalPath({ description: 'File with the password of that user.' }),
  heloName: parsed(parseDomainName).optional().register(settingMeta, {
    description: 'What EHLO says.',
    allowed: 'a domain',
    defaultText: 'the name of this machine',
    example: 'reports.example.com',
  }),
  sendmail: optionalPath({
    description:
      'A `sendmail` command that takes report mail instead of SMTP; `/usr/sbin/sendmail` of nearly every mail server.',
    example: '/usr/sbin/sendmail',
  }),
});

/** `report.dkim`: the signature without which receivers ignore report mail (RFC 8460 §3). */
export const reportDkimGroup = group(
  'DKIM for report mail, without which receivers ignore it (RFC 8460 §3). Not set: the mail server has to sign.',
  {
    keyFile: optionalPath({
      description:
        'PEM file with the private key: RSA of 1024 bits or more, or Ed25519. The start of the service tells the TXT record that belongs to it.',
    }),
    selector: z
      .string()
      .regex(/^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*$/iu, 'it is no selector')
      .optional()
      .register(settingMeta, {
        description: 'Selector of the key: its record stands at `SELECTOR._domainkey.DOMAIN`.',
        allowed: 'a selector such as "tlsrpt"',
      }),
  },
);

/** `report.post`: reports over HTTPS. */
export const reportPostGroup = group(
  'Reports to collectors over HTTPS (RFC 8460 §5.4). Addresses and proxy are those of `https`.',
  {
    enabled: flag(true, {
      description: 'Whether reports are posted; where not, such destinations are refused.',
    }),
    unverifiedFallback: flag(true, {
      description:
        'Whether a collector gets reports though its certificate is not valid (RFC 8460 §3, §7): what is broken may be what the report tells of.',
    }),
    timeoutMs: wholeNumber(60_000, {
      min: 1000,
      max: 600_000,
      unit: 'milliseconds',
      description: 'For names, connection, TLS, request and answer together.',
    }),
  },
);
