import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NAME_SERVER } from './addresses.ts';
import type { Namespace } from './namespace.ts';
import { run } from './run.ts';
import { waitFor } from './wait-for.ts';

/** Zones as text without SOA and NS, by name; owner names are absolute. */
export type ZoneRecords = Readonly<Record<'test' | 'lab.test', readonly string[]>>;

export interface NameServer {
  /** The root's DS record, the resolver's only trust anchor. */
  readonly trustAnchor: string;
  /** Publishes both zones at once; the resolver sees it after a second at the latest. */
  publish(zones: ZoneRecords): Promise<void>;
}

/**
 * Knot as root, `test.` and `lab.test.`. The root and `test.` are signed; `lab.test.`, where the
 * cases' domains live, is not: whoever is on the path can forge it, which is what MTA-STS is for.
 */
export async function startNameServer(internet: Namespace, folder: string): Promise<NameServer> {
  mkdirSync(join(folder, 'zones'), { recursive: true });
  const config = join(folder, 'knot.conf');
  writeFileSync(config, knotConfig(folder));
  const keymgr = (zone: string, ...args: string[]) => run(['keymgr', '-c', config, zone, ...args]);
  for (const zone of ['.', 'test.']) {
    keymgr(zone, 'generate', 'algorithm=ECDSAP256SHA256', 'ksk=yes', 'zsk=yes');
  }
  const delegationSigner = sha256Ds(keymgr('test.', 'ds'));
  let serial = 1;
  const write = (zones: ZoneRecords): void => {
    const file = (name: string) => join(folder, 'zones', `${name}.zone`);
    writeFileSync(file('root'), zone('.', serial, [delegation('test.'), delegationSigner]));
    writeFileSync(file('test'), zone('test.', serial, [delegation('lab.test.'), ...zones.test]));
    writeFileSync(file('lab.test'), zone('lab.test.', serial, zones['lab.test']));
    serial += 1;
  };
  write({ test: [], 'lab.test': [] });
  internet.start(['knotd', '-c', config], join(folder, 'knotd.log'));
  const knotc = (...args: string[]) => internet.tryRun(['knotc', '-c', config, ...args]);
  await waitFor('the name server', () => knotc('status').status === 0);
  return {
    trustAnchor: sha256Ds(keymgr('.', 'ds')),
    async publish(zones) {
      write(zones);
      knotc('-b', 'zone-reload');
      const published = `${serial - 1}`;
      await waitFor('the zones to be published', () =>
        ['.', 'test.', 'lab.test.'].every((name) => serialOf(internet, name) >= Number(published)),
      );
    },
  };
}

function serialOf(internet: Namespace, zoneName: string): number {
  const answer = internet.tryRun(['kdig', '+short', `@${NAME_SERVER}`, zoneName, 'SOA']);
  return Number(answer.stdout.split(' ')[2] ?? 0);
}

function sha256Ds(output: string): string {
  const line = output.split('\n').find((each) => / DS \d+ 13 2 /.test(each));
  if (line === undefined) throw new Error(`Cannot read keymgr's DS records: ${output}`);
  return line;
}

function delegation(zoneName: string): string {
  return `${zoneName} NS ns.test.`;
}

function zone(name: string, serial: number, records: readonly string[]): string {
  const head = [
    '$TTL 1',
    `${name} SOA ns.test. hostmaster.test. ${serial} 3600 600 86400 1`,
    `${name} NS ns.test.`,
  ];
  const glue = name === 'lab.test.' ? [] : [`ns.test. A ${NAME_SERVER}`];
  return [...head, ...glue, ...records, ''].join('\n');
}

function knotConfig(folder: string): string {
  const signed = 'dnssec-signing: on\n    dnssec-policy: fixed';
  return `server:
    rundir: "${folder}"
    listen: ["${NAME_SERVER}@53"]
log:
  - target: stderr
    any: info
database:
    storage: "${folder}"
policy:
  - id: fixed
    manual: on
    single-type-signing: on
    algorithm: ecdsap256sha256
template:
  - id: default
    storage: "${folder}/zones"
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
zone:
  - domain: "."
    file: root.zone
    ${signed}
  - domain: "test."
    file: test.zone
    ${signed}
  - domain: "lab.test."
    file: lab.test.zone
`;
}
