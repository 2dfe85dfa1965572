import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Domain, parseDomain } from '@sekisho/spec';
import { AlertBook } from '../../packages/sekisho/src/alert/index.ts';
import {
  type AcmeFailure,
  createFakeAcmeClient,
} from '../../packages/sekisho/src/io/acme/index.ts';
import { createFakeClock } from '../../packages/sekisho/src/io/clock/index.ts';
import { createFakeKeyFiles } from '../../packages/sekisho/src/io/key-files/index.ts';
import { createMemoryLog } from '../../packages/sekisho/src/io/log/index.ts';
import {
  openMemoryPublishStore,
  type PublishStore,
} from '../../packages/sekisho/src/publish/store/index.ts';
import {
  type CertificateManagerOptions,
  type CertificateObservation,
  CertificateManager,
  type Pointing,
} from '../../packages/sekisho/src/publish/certificates/index.ts';
import { publishVersion } from './publish-changes.ts';
import { PUBLISH_ALERTS } from '../../packages/sekisho/src/publish/alerts/index.ts';
import { signCertificate } from './x509.ts';

const DAY_MS = 86_400_000;
const ca = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const SPKI_P256 = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');

/** @throws TypeError for what is no domain. */
export function domainOf(text: string): Domain {
  const parsed = parseDomain(text);
  if (!parsed.ok) throw new TypeError(text);
  return parsed.value;
}

/** The key inside a certificate request. */
function publicKeyOf(csr: Buffer): KeyObject {
  const at = csr.indexOf(SPKI_P256);
  const key = csr.subarray(at, at + SPKI_P256.length + 65);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

/** The domain has a policy from now on. */
export async function addPolicy(store: PublishStore, domain: Domain): Promise<void> {
  const body = 'version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n';
  const version = { id: 'a1', body, mode: 'none', maxAgeSeconds: 86_400, mx: [] } as const;
  const made = { createdBy: 't', overrides: [], purpose: 'set' } as const;
  await publishVersion(store, domain, { ...version, ...made }, 0, []);
}

/** Everything fake but the manager; certificates live 90 days. */
export async function openCertificateWorld(
  domains: readonly Domain[] = [domainOf('a.test')],
  options: Partial<CertificateManagerOptions> & { readonly lifetimeDays?: number } = {},
) {
  const clock = createFakeClock();
  const store = await openMemoryPublishStore();
  const files = createFakeKeyFiles();
  const log = createMemoryLog();
  const openBook = () => AlertBook.open({ store, clock, log, rules: PUBLISH_ALERTS });
  const alerts = await openBook();
  const changed: Domain[] = [];
  const observed: CertificateObservation[] = [];
  const pointing = new Map<string, Pointing>();
  const standing = new Map<string, string>();
  const looks: string[] = [];
  let isHidden = false;
  const acme = createFakeAcmeClient({
    issue: (hostName, csr) =>
      signCertificate(
        {
          subject: 'leaf',
          issuer: 'ca',
          notBefore: new Date(clock.now()),
          notAfter: new Date(clock.now() + (options.lifetimeDays ?? 90) * DAY_MS),
          publicKey: publicKeyOf(csr),
          issuerPublicKey: ca.publicKey,
          isCa: false,
          dnsNames: [hostName],
        },
        ca.privateKey,
      ),
    look({ kind, hostName, token, keyAuthorization }) {
      looks.push(`${kind} ${hostName}`);
      const shown = standing.get(kind === 'http-01' ? `${hostName} ${token}` : hostName);
      return !isHidden && (kind === 'http-01' ? shown === keyAuthorization : shown !== undefined);
    },
  });
  for (const domain of domains) await addPolicy(store, domain);
  const settings: CertificateManagerOptions = {
    clock,
    store,
    files,
    log,
    alerts,
    changed: (domain) => changed.push(domain),
    observe: (observation) => observed.push(observation),
    chance: () => 0,
    pointsHere: async (host, kinds) => pointing.get(host) ?? { kind: 'here', by: kinds },
    challenges: {
      addHttp: (host, token, text) => void standing.set(`${host} ${token}`, text),
      removeHttp: (host, token) => void standing.delete(`${host} ${token}`),
      addAlpn: (host, pair) => void standing.set(host, pair.chainPem),
      removeAlpn: (host) => void standing.delete(host),
    },
    authority: { acme, accountName: 'account', challenges: ['http-01', 'tls-alpn-01'] },
    ...options,
  };
  const world = {
    clock,
    store,
    files,
    log,
    alerts,
    openBook,
    changed,
    observed,
    pointing,
    standing,
    looks,
    acme,
    settings,
    manager: new CertificateManager(settings),
    hide: (hidden: boolean) => {
      isHidden = hidden;
    },
    /** A process that starts after this one was killed. */
    restart: async () => {
      await alerts.close();
      return new CertificateManager({ ...settings, alerts: await openBook() });
    },
    stateOf: (domain: Domain) => store.getCertificate(domain),
    countOf: (call: string) => acme.calls.filter((each) => each === call).length,
    /** Ticks by the hour until so many days have passed. */
    pass: async (days: number, stepMs = 3_600_000): Promise<void> => {
      for (const endMs = clock.now() + days * DAY_MS; clock.now() < endMs; ) {
        await clock.advance(stepMs);
        await world.manager.tick();
      }
    },
  };
  return world;
}

/** What the authority says no with. */
export const failure = (code: AcmeFailure['code'], retryAfterMs?: number): AcmeFailure => ({
  kind: 'failure',
  code,
  message: `the authority says ${code}`,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
