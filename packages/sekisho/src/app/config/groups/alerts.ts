import { z } from 'zod';
import { settingMeta } from '../setting-meta.ts';
import { group, optionalPath, parsed } from '../setting-types.ts';
import { parseContact } from '../web-address.ts';

/** `alerts`: who is told of what needs the operator, by every role. */
export const alertsGroup = group(
  'Who is told of what needs you, by `sekisho publish serve` and `sekisho intake serve`; all that are set are told. docs/alerts.md has the table of alerts.',
  {
    command: z
      .array(z.string().min(1))
      .prefault([])
      .register(settingMeta, {
        description:
          'Program and arguments that are called with every alert, without a shell, one at a time and for 30 seconds at most. It reads one line of JSON on standard input; see docs/alerts.md.',
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
