import { z } from 'zod';
import { parseDomainName } from '../domain-name.ts';
import { settingMeta } from '../setting-meta.ts';
import {
  choice,
  flag,
  group,
  listenAddresses,
  listenAddressOrOff,
  optionalPath,
  parsed,
  wholeNumber,
} from '../setting-types.ts';
import { intakeAlertsGroup } from './intake-alerts.ts';
import {
  intakeImapGroup,
  intakeLmtpGroup,
  intakeMaildirGroup,
  intakePostGroup,
} from './intake-doors.ts';

const MIB = 1_048_576;

/** `intake`: TLS reports about our own domains (RFC 8460). */
export const intakeGroup = group(
  'TLS reports that others send about your domains (RFC 8460): what `sekisho intake serve` does, a process beside the daemon.',
  {
    stateDirectory: optionalPath({
      description:
        'Where received reports are kept; created with mode 0700 if it is missing. `sekisho reports` and the gates of `sekisho publish` read there.',
      defaultText: '`intake` in `stateDirectory`',
      example: '/var/lib/sekisho-intake',
    }),
    domains: z
      .array(parsed(parseDomainName))
      .prefault([])
      .register(settingMeta, {
        description:
          'Your domains, with all names below them: reports about others are refused, and metrics are kept for each. Empty: reports about every domain are taken.',
        allowed: 'a list of domains',
        example: ['example.com'],
      }),
    listen: group('Where reports arrive.', {
      lmtp: listenAddresses(['127.0.0.1:8469'], {
        description:
          'Addresses of the LMTP server that your mail server hands report mail to. Sockets that systemd passes under the name `lmtp` take their place. `[]` turns it off.',
        example: ['unix:/var/spool/postfix/sekisho/lmtp'],
      }),
      post: listenAddressOrOff('off', {
        description:
          'Address for reports by HTTPS POST: of its own with `intake.post.certificateFile`, else behind a web server of yours that does TLS.',
      }),
      admin: listenAddressOrOff('127.0.0.1:8468', {
        description:
          'Address of the HTTP listener for `/metrics` and `/healthz`. It has no authentication: keep it on loopback or behind something that has.',
      }),
    }),
    lmtp: intakeLmtpGroup,
    post: intakePostGroup,
    imap: intakeImapGroup,
    maildir: intakeMaildirGroup,
    dkim: group('Whether a report is from whom it says: only then it counts (RFC 8460 §3).', {
      verify: flag(true, {
        description:
          'Whether signatures are verified. Where not, no report counts for gates and alerts, and `sekisho reports` shows them with `--all` alone.',
      }),
      keyService: choice(['not-excluded', 'named', 'any'], 'not-excluded', {
        description:
          'Which keys may sign reports. `named`: only those whose record names `tlsrpt`, which few do. `not-excluded`: those without a list of services as well. `any`: all.',
      }),
    }),
    keep: group('How long reports are kept, from their arrival on.', {
      rawDays: wholeNumber(90, {
        min: 1,
        max: 3660,
        unit: 'days',
        description: 'Reports as they came, for `sekisho intake show --raw`.',
      }),
      detailDays: wholeNumber(400, {
        min: 31,
        max: 3660,
        unit: 'days',
        description:
          'What failed, with hosts and addresses. Addresses of senders may be personal data.',
      }),
      totalDays: wholeNumber(1827, {
        min: 92,
        max: 4000,
        unit: 'days',
        description: 'Sums of days, and by what a report is known when it comes again.',
      }),
    }),
    limits: group('What one arrival may cost.', {
      arrivalBytes: wholeNumber(10 * MIB, {
        min: 65_536,
        max: 64 * MIB,
        unit: 'bytes',
        description: 'Of a message or a body as it arrives; larger ones are refused unread.',
      }),
      reportBytes: wholeNumber(20 * MIB, {
        min: 65_536,
        max: 128 * MIB,
        unit: 'bytes',
        description: 'Of the reports in it, decompressed.',
      }),
    }),
    alerts: intakeAlertsGroup,
  },
);
