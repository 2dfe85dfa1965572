import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { settingMeta } from '../setting-meta.ts';
import { flag, group, listenAddressOrOff, optionalPath } from '../setting-types.ts';

/** A path in `sockaddr_un` has 108 bytes on Linux, the last of them NUL. */
const LONGEST_SOCKET_PATH = 107;

const socketPath = z
  .string()
  .refine((path) => isAbsolute(path) && !path.includes('\0'), 'the path is not absolute')
  .refine(
    (path) => Buffer.byteLength(path) <= LONGEST_SOCKET_PATH,
    `the path has more than ${String(LONGEST_SOCKET_PATH)} bytes`,
  );

/** `report.listen`: where sessions are told. */
export const reportListenGroup = group(
  'Where mail servers tell `sekisho report serve` of their sessions.',
  {
    datagrams: z
      .array(socketPath)
      .optional()
      .register(settingMeta, {
        description:
          'Unix sockets for `smtp_tlsrpt_socket_name` of Postfix 3.10 or newer; their directories must be there. Postfix looks for its socket in its queue directory. Sockets that systemd passes under the name `tlsrpt` take their place. `[]` turns it off.',
        allowed: 'a list of absolute paths',
        defaultText: '`tlsrpt.sock` in `report.stateDirectory`',
        example: ['/var/spool/postfix/run/tlsrpt/tlsrpt.sock'],
      }),
    mode: z
      .string()
      .regex(/^0?[0-7]{3}$/u, 'it is no octal mode')
      .transform((text) => Number.parseInt(text, 8))
      .prefault('0622')
      .register(settingMeta, {
        description: 'Permissions of these sockets: who may write may tell of sessions.',
        allowed: 'an octal mode in quotes, such as "0620"',
      }),
    group: z.int().min(0).max(4_294_967_294).optional().register(settingMeta, {
      description:
        'Number of the group that these sockets are given; `id -g postfix` tells that of Postfix.',
      defaultText: 'that of the service',
      example: 117,
    }),
    http: listenAddressOrOff('off', {
      description:
        'Address of `POST /v1/sessions`, for other mail servers; see docs/report.md. It speaks plain HTTP. On this machine the control socket does without a token.',
    }),
    tokensFile: optionalPath({
      description:
        'File with the tokens that may post there, one a line. It is read again on SIGHUP.',
    }),
    admin: listenAddressOrOff('127.0.0.1:8467', {
      description:
        'Address of the HTTP listener for `/metrics` and `/healthz`. It has no authentication: keep it on loopback or behind something that has.',
    }),
  },
);

/** `report.log`: sessions from the log of Postfix. */
export const reportLogGroup = group(
  'Sessions from the log of a Postfix older than 3.10, which knows less: policies and unbroken sessions without TLS are not told.',
  {
    file: optionalPath({
      description:
        'The mail log. It is followed through rotation, from where it was left. Needs `smtp_tls_loglevel = 1`.',
      example: '/var/log/mail.log',
    }),
    journal: flag(false, { description: 'Whether the systemd journal is followed instead.' }),
    programs: z
      .array(z.string().regex(/^[\w./-]{1,200}$/u, 'it is no name of a program'))
      .min(1)
      .prefault(['postfix/smtp'])
      .register(settingMeta, {
        description:
          'Under which names smtp(8) writes to the journal; another instance or service has another.',
        allowed: 'a list of names such as "postfix/smtp"',
        example: ['postfix/smtp', 'postfix-out/smtp'],
      }),
  },
);
