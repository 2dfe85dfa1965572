import type { Clock } from '../../io/clock/index.ts';
import {
  createByHandUpdater,
  createCommandUpdater,
  createRfc2136Updater,
  type DnsUpdater,
  readTsigKey,
} from '../../io/dns-update/index.ts';
import type { Log } from '../../io/log/index.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Settings } from '../config/index.ts';

/** An updater, and what ends it. */
export interface SettledUpdater {
  readonly updater: DnsUpdater;
  close(): void;
}

/**
 * What changes the DNS, as the settings want it.
 *
 * @throws ConfigError when the key's file holds no key. @throws {IoError} `tsig-key-unreadable`
 */
export async function createSettledUpdater(
  { publish }: Settings,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<SettledUpdater> {
  const { update, server, command } = publish.dns;
  if (update === 'command')
    return { updater: createCommandUpdater({ clock, command }), close: () => undefined };
  if (update === 'by-hand' || server === undefined)
    return { updater: createByHandUpdater(), close: () => undefined };
  const key = await readKey(publish.dns, log);
  const updater = createRfc2136Updater({ clock, server, key });
  return { updater, close: () => updater.close() };
}

async function readKey(dns: Settings['publish']['dns'], log: Log) {
  const { tsigName: name, tsigAlgorithm: algorithm, tsigSecretFile: file = '' } = dns;
  const reading = await readTsigKey(file, {
    ...(name === undefined ? {} : { name }),
    ...(algorithm === undefined ? {} : { algorithm }),
  });
  for (const warning of reading.warnings) log.warn('the TSIG key is not kept secret', { warning });
  if (reading.kind === 'key') return reading.key;
  const where = 'publish.dns.tsigSecretFile';
  throw new ConfigError([
    { where, message: `given is ${JSON.stringify(file)}; the file ${reading.reason}` },
  ]);
}
