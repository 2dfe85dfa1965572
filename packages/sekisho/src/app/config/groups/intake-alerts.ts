import { z } from 'zod';
import { settingMeta } from '../setting-meta.ts';
import { flag, group, optionalPath, parsed, wholeNumber } from '../setting-types.ts';
import { parseContact } from '../web-address.ts';

/** `intake.alerts`: who is told of what. */
export const intakeAlertsGroup = group(
  'Who is told when verified reports speak of failures. Nobody is told the same twice; when it is over, that is told too.',
  {
    sharePercent: wholeNumber(5, {
      min: 0,
      max: 100,
      unit: 'percent',
      description:
        "Failed sessions of a domain's day, as a share of all, from which on it is told.",
    }),
    count: wholeNumber(10, {
      min: 1,
      max: 1_000_000_000,
      unit: 'sessions',
      description:
        "Failed sessions of a domain's day from which on it is told, whatever the share.",
    }),
    refusedAnHour: wholeNumber(50, {
      min: 1,
      max: 1_000_000,
      unit: 'arrivals',
      description: 'Refused arrivals of an hour from which on it is told.',
    }),
    silence: flag(true, {
      description:
        'Whether it is told that a reporter has been silent for longer than it uses to be.',
    }),
    command: z
      .array(z.string().min(1))
      .prefault([])
      .register(settingMeta, {
        description:
          'Program and arguments that are called with every alert, without a shell. It reads one JSON object on standard input; see docs/intake.md.',
        allowed: 'a list: the absolute path of a program, then its arguments',
        example: ['/usr/local/bin/tell-postmaster'],
      }),
    webhookFile: optionalPath({
      description:
        'File with the URL that the same JSON is posted to: whoever knows such a URL can use it.',
    }),
    mailTo: parsed(parseContact).optional().register(settingMeta, {
      description:
        'Mail address that is written to, from `report.contact` and by the mail server of `report.mail`.',
      allowed: 'a mail address such as "postmaster@example.com"',
    }),
  },
);
