import { z } from 'zod';
import { settingMeta } from '../setting-meta.ts';
import { choice, flag, group, optionalPath, parsed, wholeNumber } from '../setting-types.ts';
import { parseContact } from '../web-address.ts';
import { reportListenGroup, reportLogGroup } from './report-listen.ts';
import { reportDkimGroup, reportMailGroup, reportPostGroup } from './report-delivery.ts';

/** `report`: TLS reports about the domains that we send mail to (RFC 8460). */
export const reportGroup = group(
  'TLS reports about the domains that you send mail to (RFC 8460): what `sekisho report serve` does, a process beside the daemon.',
  {
    stateDirectory: optionalPath({
      description:
        'Where sessions and reports are kept until they are sent and for a while after; created with mode 0700 if it is missing.',
      defaultText: '`reporter` in `stateDirectory`',
      example: '/var/lib/sekisho-report',
    }),
    contact: parsed(parseContact).optional().register(settingMeta, {
      description:
        'Mail address that reports name and that report mail comes from; its domain is the one that reports (RFC 8460 §4.4). Not set: reports are made and kept, and none is sent.',
      allowed: 'a mail address',
      example: 'tls-reports@example.com',
    }),
    organizationName: z
      .string()
      .regex(/^[^\p{Cc}]{1,200}$/u, 'it is empty, too long, or holds a control character')
      .optional()
      .register(settingMeta, {
        description: 'Who reports, in words.',
        allowed: 'a name',
        defaultText: 'the domain of `contact`',
        example: 'Example Ltd.',
      }),
    failuresOnly: flag(false, {
      description:
        'Whether a domain gets a report only for days with a failure. A report without one tells it that reports work.',
    }),
    redactSendingAddresses: flag(false, {
      description: 'Whether reports leave out the addresses of your mail servers (RFC 8460 §8).',
    }),
    destinations: choice(['all', 'first'], 'all', {
      description:
        'Whether a report goes to every address that its domain names, or to one after the other until one takes it (RFC 8460 §3).',
    }),
    dryRun: flag(false, {
      description:
        'Whether reports are made and kept, and none is sent. `sekisho report show` tells what would have been.',
    }),
    spreadMinutes: wholeNumber(240, {
      min: 0,
      max: 1200,
      unit: 'minutes',
      description:
        'Over how long after the end of a day its reports are spread, so that receivers are not met by all at once (RFC 8460 §4.1).',
    }),
    keepDays: wholeNumber(30, {
      min: 3,
      max: 3660,
      unit: 'days',
      description: 'How long days that are over are kept with their reports.',
    }),
    discovery: flag(true, {
      description:
        'Whether the daemon tells the report service of policies that it could not have, for the reports to their domains. Without a report service that costs nothing.',
    }),
    listen: reportListenGroup,
    log: reportLogGroup,
    mail: reportMailGroup,
    dkim: reportDkimGroup,
    post: reportPostGroup,
    limits: group('How busy receivers of reports are kept.', {
      atOnce: wholeNumber(10, {
        min: 1,
        max: 1000,
        description: 'Reports under way at once.',
      }),
      perHost: wholeNumber(1, {
        min: 1,
        max: 100,
        description: 'Reports under way at once to one destination.',
      }),
      hostGapMs: wholeNumber(1000, {
        min: 0,
        max: 3_600_000,
        unit: 'milliseconds',
        description: 'Pause between two reports to one destination.',
      }),
    }),
  },
);
