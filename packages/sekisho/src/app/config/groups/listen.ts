import { z } from 'zod';
import { settingMeta } from '../setting-meta.ts';
import { group, listenAddresses, listenAddressOrOff } from '../setting-types.ts';

/** `listen`: where others reach Sekisho. */
export const listenGroup = group('Where Postfix and operators reach the daemon.', {
  socketmap: listenAddresses(['127.0.0.1:8461'], {
    description:
      'Addresses of the socketmap server that Postfix asks. Sockets that systemd passes take their place.',
    example: ['127.0.0.1:8461', 'unix:/var/spool/postfix/sekisho/socketmap'],
  }),
  socketMode: z
    .string()
    .regex(/^0?[0-7]{3}$/u, 'it is no octal mode')
    .transform((text) => Number.parseInt(text, 8))
    .prefault('0666')
    .register(settingMeta, {
      description:
        'Permissions of Unix sockets that Sekisho creates. Protect a socket by its directory where not everybody may ask.',
      allowed: 'an octal mode in quotes, such as "0660"',
    }),
  admin: listenAddressOrOff('127.0.0.1:8462', {
    description:
      'Address of the HTTP listener for `/v1/policy/{domain}`, `/metrics` and `/healthz`. It has no authentication: keep it on loopback or behind something that has.',
  }),
});
