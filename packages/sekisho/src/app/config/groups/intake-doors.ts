import { z } from 'zod';
import { parseAddressRange } from '../address-range.ts';
import { settingMeta } from '../setting-meta.ts';
import { choice, flag, group, optionalPath, parsed, wholeNumber } from '../setting-types.ts';
import { parseContact } from '../web-address.ts';

/** `intake.lmtp`: report mail from the mail server beside us. */
export const intakeLmtpGroup = group('Report mail that your mail server hands over by LMTP.', {
  recipients: z
    .array(parsed(parseContact))
    .prefault([])
    .register(settingMeta, {
      description: 'Addresses that mail is taken for. Empty: whatever is handed over.',
      allowed: 'a list of mail addresses',
      example: ['tls-reports@example.com'],
    }),
  withoutReport: choice(['discard', 'refuse'], 'discard', {
    description:
      'What becomes of mail without a report, most of it spam. `refuse` makes your mail server tell a sender who may be forged.',
  }),
  socketMode: z
    .string()
    .regex(/^0?[0-7]{3}$/u, 'it is no octal mode')
    .transform((text) => Number.parseInt(text, 8))
    .prefault('0666')
    .register(settingMeta, {
      description: 'Permissions of a Unix socket. Protect it by its directory.',
      allowed: 'an octal mode in quotes, such as "0660"',
    }),
});

/** `intake.post`: reports by HTTPS. */
export const intakePostGroup = group(
  'Reports by HTTPS POST (RFC 8460 §5.4). Nothing tells who sent them: they are kept apart, and count only with `--all`.',
  {
    path: z
      .string()
      .regex(/^\/[\w./~-]{0,200}$/u, 'it is no path that begins with "/"')
      .prefault('/v1/tlsrpt')
      .register(settingMeta, {
        description: 'Path of the URI in the TLSRPT record.',
        allowed: 'a path such as "/v1/tlsrpt"',
      }),
    tokenFile: optionalPath({
      description:
        'File with a secret that the URI ends with (`path/secret`): who does not know your record cannot post. It is in the DNS, so it is a weak one.',
    }),
    certificateFile: optionalPath({
      description:
        'PEM file with a certificate and its chain: TLS is done here, without a web server in front. Read again when it changes.',
    }),
    keyFile: optionalPath({ description: 'PEM file with the key of that certificate.' }),
    trustedProxies: z
      .array(parsed(parseAddressRange))
      .prefault([])
      .register(settingMeta, {
        description: 'Web servers in front whose `X-Forwarded-For` is believed.',
        allowed: 'a list of address ranges such as "127.0.0.1" or "10.0.0.0/8"',
        example: ['127.0.0.1/32', '::1/128'],
      }),
    perMinute: wholeNumber(600, {
      min: 1,
      max: 1_000_000,
      unit: 'requests',
      description: 'Requests of one address in a minute; reporters send one for each domain.',
    }),
  },
);

/** `intake.imap`: a mailbox elsewhere. */
export const intakeImapGroup = group(
  'A mailbox that is read by IMAP. It is only looked into unless `readOnly` is false, and goes on where it was left.',
  {
    host: z
      .string()
      .regex(/^[a-z0-9.:-]{1,253}$/iu, 'it is neither an address nor a name')
      .optional()
      .register(settingMeta, {
        description: 'Address or name of the server. Not set: no mailbox is read.',
        allowed: 'an IP address or a host name such as "imap.example.com"',
      }),
    port: z.int().min(1).max(65_535).optional().register(settingMeta, {
      description: 'Its port.',
      defaultText: '993 with TLS from the first byte, else 143',
      example: 993,
    }),
    tls: choice(['implicit', 'starttls', 'none'], 'implicit', {
      description: '`none` is for this machine only.',
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
        description: 'Whom to sign in as.',
        allowed: 'a user name',
      }),
    passwordFile: optionalPath({ description: 'File with the password of that user.' }),
    tokenCommand: z
      .array(z.string().min(1))
      .prefault([])
      .register(settingMeta, {
        description:
          'Program and arguments that print an OAuth 2 access token, instead of a password; called for each connection, without a shell.',
        allowed: 'a list: the absolute path of a program, then its arguments',
        example: ['/usr/local/bin/imap-token'],
      }),
    mailbox: z
      .string()
      .regex(/^[^\p{Cc}]{1,256}$/u, 'it is empty or holds a control character')
      .prefault('INBOX')
      .register(settingMeta, {
        description: 'Which mailbox is read.',
        allowed: 'the name of a mailbox',
      }),
    readOnly: flag(true, {
      description: 'Whether the mailbox stays as it is; where not, what was read is marked so.',
    }),
    moveTo: z
      .string()
      .regex(/^[^\p{Cc}]{1,256}$/u, 'it is empty or holds a control character')
      .optional()
      .register(settingMeta, {
        description: 'Mailbox that messages are moved to when they were read.',
        allowed: 'the name of a mailbox',
        example: 'Archive',
      }),
  },
);

/** `intake.maildir`: a mailbox on this machine. */
export const intakeMaildirGroup = group('A Maildir that is looked into now and then.', {
  path: optionalPath({
    description: 'Its directory, with `new` and `cur` in it. Not set: none is read.',
    example: '/var/mail/tls-reports',
  }),
  moving: flag(false, {
    description:
      'Whether messages are marked as read and moved to `cur`. Where not, the Maildir stays as it is, and what was read is remembered.',
  }),
  everySeconds: wholeNumber(60, {
    min: 1,
    max: 86_400,
    unit: 'seconds',
    description: 'Pause between two looks.',
  }),
});
