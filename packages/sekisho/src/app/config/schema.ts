import { z } from 'zod';
import { alertsGroup } from './groups/alerts.ts';
import { dnsGroup } from './groups/dns.ts';
import { httpsGroup } from './groups/https.ts';
import { intakeGroup } from './groups/intake.ts';
import { listenGroup } from './groups/listen.ts';
import { logGroup } from './groups/log.ts';
import { policiesGroup } from './groups/policies.ts';
import { postfixGroup } from './groups/postfix.ts';
import { publishGroup } from './groups/publish.ts';
import { reportGroup } from './groups/report.ts';
import { path } from './setting-types.ts';

/** Every setting there is. Validation, environment, example, JSON Schema and documentation follow from it. */
export const settingsSchema = z.strictObject({
  stateDirectory: path('/var/lib/sekisho', {
    description:
      'Where each service keeps its files, in a directory of its own below it (`sender`, `publisher`, `reporter`, `intake`); created with mode 0700 if it is missing.',
    defaultText:
      '`$STATE_DIRECTORY` (set by systemd), else `$XDG_STATE_HOME/sekisho`, else `~/.local/state/sekisho`',
  }),
  listen: listenGroup,
  postfix: postfixGroup,
  dns: dnsGroup,
  https: httpsGroup,
  policies: policiesGroup,
  publish: publishGroup,
  report: reportGroup,
  intake: intakeGroup,
  alerts: alertsGroup,
  log: logGroup,
});

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** All settings, validated, every default filled in. Times and sizes have their unit in the name. */
export type Settings = DeepReadonly<z.output<typeof settingsSchema>>;
