import { join } from 'node:path';
import type { Namespace } from './namespace.ts';
import { type PostfixPrograms, startPostfix } from './postfix.ts';
import { type Message, submit } from './submission.ts';

/** What lies in the sender's queue. */
export interface Queued {
  readonly id: string;
  /** `incoming`, `active` or `deferred`. */
  readonly queue: string;
  /** The envelope recipient. */
  readonly recipient: string;
  /** Why it is still there, in Postfix's words; empty before the first attempt. */
  readonly reason: string;
}

/** The Postfix under test. */
export interface Sender {
  readonly folder: string;
  send(messages: readonly Message[]): Promise<void>;
  queue(): readonly Queued[];
  /** Tries everything in the queue again, now. */
  flush(): void;
  remove(ids: readonly string[]): void;
}

export interface SenderOptions {
  readonly caFile: string;
  /** Such as `socketmap:inet:127.0.0.1:8461:sts`. */
  readonly policyMap: string;
  /** Next hops that are not the recipient's domain, as transport(5) entries. */
  readonly transports: Readonly<Record<string, string>>;
  /** Default: those of this machine. */
  readonly programs?: PostfixPrograms;
  /** Further lines of main.cf, or other values for those below. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Further lines of master.cf. */
  readonly services?: readonly string[];
}

/** Starts a Postfix with opportunistic TLS and Sekisho as its TLS policy table. */
export function startSender(namespace: Namespace, folder: string, options: SenderOptions): Sender {
  const { settings = {}, services = [], programs } = options;
  const postfix = startPostfix(
    namespace,
    folder,
    { ...senderSettings(options), ...settings },
    [...SENDER_SERVICES, ...services],
    programs,
  );
  return {
    folder,
    send: (messages) => submit(join(folder, 'queue', 'public', 'submission'), messages),
    queue: () => readQueue(postfix.command('postqueue', ['-j'])),
    flush: () => void postfix.command('postqueue', ['-f']),
    remove(ids) {
      if (ids.length > 0) postfix.command('postsuper', ['-d', '-'], `${ids.join('\n')}\n`);
    },
  };
}

interface QueueLine {
  readonly queue_id: string;
  readonly queue_name: string;
  readonly recipients: readonly { readonly address: string; readonly delay_reason?: string }[];
}

function readQueue(json: string): Queued[] {
  const lines = json.split('\n').filter(Boolean);
  return lines.map((line) => {
    const { queue_id: id, queue_name: queue, recipients } = JSON.parse(line) as QueueLine;
    const [first] = recipients;
    return { id, queue, recipient: first?.address ?? '', reason: first?.delay_reason ?? '' };
  });
}

function senderSettings(options: SenderOptions): Record<string, string> {
  const transports = Object.entries(options.transports).map(([key, to]) => `{ ${key} = ${to} }`);
  return {
    myhostname: 'sender.test',
    myorigin: 'sender.test',
    smtpd_peername_lookup: 'no',
    transport_maps: transports.length === 0 ? '' : `inline:{ ${transports.join(', ')} }`,
    smtp_tls_policy_maps: options.policyMap,
    smtp_tls_security_level: 'may',
    smtp_tls_CAfile: options.caFile,
    smtp_tls_loglevel: '1',
    smtp_host_lookup: 'dns',
    // One verdict a message: nothing is tried again, and nothing reused, unless the test says so.
    minimal_backoff_time: '1h',
    maximal_backoff_time: '2h',
    queue_run_delay: '1h',
    smtp_connection_cache_on_demand: 'no',
    smtp_tls_connection_reuse: 'no',
    default_destination_concurrency_failed_cohort_limit: '1000',
    smtp_connect_timeout: '5s',
    smtp_helo_timeout: '10s',
  };
}

/** At most 40 deliveries at once: two cores must not be so busy that a policy host seems slow. */
const SENDER_SERVICES = [
  'submission unix n - n - - smtpd',
  'smtp unix - - n - 40 smtp',
  '  -o max_use=1',
  'dane unix - - n - - smtp',
  '  -o max_use=1',
  '  -o smtp_tls_security_level=dane',
  '  -o smtp_dns_support_level=dnssec',
];
