import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NAME_SERVER } from '../../world/addresses.ts';
import type { Namespace } from '../../world/namespace.ts';
import { waitFor } from '../../world/wait-for.ts';
import { DOMAINS, SECOND_NAME_SERVER } from './addresses.ts';
import type { DrivenClock } from './driven-clock.ts';

/** Key with which the publisher may change `_mta-sts` in every receiving domain, and nothing else. */
export interface UpdateKey {
  readonly name: string;
  readonly algorithm: 'hmac-sha256';
  readonly secret: string;
}

/** Two servers of different make: Knot takes the updates, BIND copies the zones from it. */
export interface NameServers {
  readonly updateKey: UpdateKey;
  /** What each server says now, in the order of the servers; an absent record is an empty list. */
  readTxt(name: string): readonly (readonly string[])[];
  /** The zone's administrator replaces the records of one type at one name; resolves when both servers show it. */
  replace(zone: string, owner: string, type: string, data: readonly string[]): Promise<void>;
  /** Lets the second server answer no more, and answer again. */
  pauseSecond(): void;
  resumeSecond(): void;
}

/** TTLs of one second, except where an update says otherwise: a change of the zone shows at once. */
const TTL_SECONDS = 1;

export async function startNameServers(
  internet: Namespace,
  folder: string,
  clock: DrivenClock,
  hosts: readonly string[],
): Promise<NameServers> {
  mkdirSync(join(folder, 'second'), { recursive: true });
  const secret = randomBytes(32).toString('base64');
  const updateKey = { name: 'sekisho-publisher', algorithm: 'hmac-sha256', secret } as const;
  writeZones(folder, hosts);
  const knotConfig = join(folder, 'knot.conf');
  writeFileSync(knotConfig, formatKnotConfig(folder, updateKey));
  // TSIG compares clocks (RFC 8945 §5.2.3): the first server lives by the publisher's.
  const environment = { ...process.env, ...clock.environment };
  internet.start(['knotd', '-c', knotConfig], join(folder, 'knotd.log'), environment);
  const knotc = (...args: string[]) => internet.tryRun(['knotc', '-c', knotConfig, ...args]);
  await waitFor('the first name server', () => knotc('status').status === 0);
  const namedConfig = join(folder, 'named.conf');
  writeFileSync(namedConfig, formatNamedConfig(join(folder, 'second')));
  const named = ['named', '-g', '-c', namedConfig];
  const second = internet.start(named, join(folder, 'named.log'));
  const ask = (server: string, name: string, type: string) =>
    internet
      .tryRun(['kdig', '+short', '+time=1', '+retry=0', '+norec', `@${server}`, name, type])
      .stdout.split('\n')
      .filter(Boolean)
      .sort();
  const askBoth = (name: string, type: string) =>
    [NAME_SERVER, SECOND_NAME_SERVER].map((server) => ask(server, name, type));
  await waitFor('the second name server', () =>
    DOMAINS.every((domain) => ask(SECOND_NAME_SERVER, domain, 'SOA').length === 1),
  );
  return {
    updateKey,
    readTxt: (name) => askBoth(name, 'TXT'),
    async replace(zone, owner, type, data) {
      knotc('-b', 'zone-begin', zone);
      knotc('-b', 'zone-unset', zone, `${owner}.`, type);
      for (const each of data) {
        knotc('-b', 'zone-set', zone, `${owner}.`, `${TTL_SECONDS}`, type, each);
      }
      const done = knotc('-b', 'zone-commit', zone);
      if (done.status !== 0) throw new Error(`Cannot change zone ${zone}: ${done.stderr}`);
      await waitFor(`${type} of ${owner} at both servers`, () =>
        askBoth(owner, type).every((shown) => shown.join() === [...data].sort().join()),
      );
    },
    pauseSecond: () => void second.kill('SIGSTOP'),
    resumeSecond: () => void second.kill('SIGCONT'),
  };
}

function writeZones(folder: string, hosts: readonly string[]): void {
  const servers = [`ns1.test. A ${NAME_SERVER}`, `ns2.test. A ${SECOND_NAME_SERVER}`];
  const delegations = DOMAINS.flatMap((domain) =>
    ['ns1', 'ns2'].map((server) => `${domain}. NS ${server}.test.`),
  );
  const write = (file: string, name: string, records: readonly string[]) =>
    writeFileSync(join(folder, `${file}.zone`), zone(name, records));
  write('root', '.', ['. NS ns1.test.', 'test. NS ns1.test.', ...servers]);
  write('test', 'test.', ['test. NS ns1.test.', ...servers, ...delegations, ...hosts]);
  for (const domain of DOMAINS) {
    write(domain, `${domain}.`, [`${domain}. NS ns1.test.`, `${domain}. NS ns2.test.`]);
  }
}

/** Never expires: the clock is put forward by weeks. */
function zone(name: string, records: readonly string[]): string {
  const soa = `${name} SOA ns1.test. hostmaster.test. 1 3600 600 2000000000 1`;
  return [`$TTL ${TTL_SECONDS}`, soa, ...records, ''].join('\n');
}

function formatKnotConfig(folder: string, { name, algorithm, secret }: UpdateKey): string {
  const zones = DOMAINS.map(
    (domain) => `  - domain: "${domain}."
    file: "${domain}.zone"
    notify: second
    acl: [copy, announce]
`,
  );
  return `server:
    rundir: "${folder}"
    listen: ["${NAME_SERVER}@53"]
log:
  - target: stderr
    any: info
database:
    storage: "${folder}"
key:
  - id: "${name}."
    algorithm: ${algorithm}
    secret: "${secret}"
remote:
  - id: second
    address: "${SECOND_NAME_SERVER}@53"
    via: "${NAME_SERVER}"
acl:
  - id: copy
    address: "${SECOND_NAME_SERVER}"
    action: transfer
  - id: announce
    key: "${name}."
    action: update
    update-type: [TXT]
    update-owner: name
    update-owner-match: equal
    update-owner-name: [_mta-sts]
template:
  - id: default
    storage: "${folder}"
    zonefile-sync: -1
    journal-content: changes
    semantic-checks: off
zone:
  - domain: "."
    file: root.zone
  - domain: "test."
    file: test.zone
${zones.join('')}`;
}

function formatNamedConfig(folder: string): string {
  const zones = DOMAINS.map(
    (domain) =>
      `zone "${domain}" { type secondary; primaries { ${NAME_SERVER}; }; file "${domain}.db"; };\n`,
  );
  return `options {
  directory "${folder}";
  pid-file "${folder}/named.pid";
  session-keyfile "${folder}/session.key";
  listen-on { ${SECOND_NAME_SERVER}; };
  listen-on-v6 { none; };
  transfer-source ${SECOND_NAME_SERVER};
  recursion no;
  notify no;
  dnssec-validation no;
};
controls { };
${zones.join('')}`;
}
