import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

/** Programs that the world starts, with the Debian package of each. */
const PROGRAMS: Readonly<Record<string, string>> = {
  postfix: 'postfix',
  knotd: 'knot',
  kdig: 'knot-dnsutils',
  unbound: 'unbound',
  nginx: 'nginx-light',
  nft: 'nftables',
  ip: 'iproute2',
  ss: 'iproute2',
  sysctl: 'procps',
};

/** Why the closed world, with further programs if need be, cannot be built here; empty when it can. */
export function reasonsAgainst(further: Readonly<Record<string, string>> = {}): string[] {
  if (process.platform !== 'linux') return [`the system is ${process.platform}, not Linux`];
  if (process.getuid?.() !== 0) return ['the user is not root'];
  const programs = Object.entries({ ...PROGRAMS, ...further });
  const missing = programs.filter(([program]) => !isInstalled(program));
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(([, name]) => name))];
    return [`missing packages: ${packages.join(' ')} (apt-get install them)`];
  }
  return canMakeNamespaces() ? [] : ['network namespaces cannot be made (ip netns add fails)'];
}

function isInstalled(program: string): boolean {
  return ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((folder) =>
    existsSync(`${folder}/${program}`),
  );
}

function canMakeNamespaces(): boolean {
  const name = `sekisho-e2e-${process.pid}-probe`;
  const made = spawnSync('ip', ['netns', 'add', name]).status === 0;
  const works = made && spawnSync('ip', ['netns', 'exec', name, 'true']).status === 0;
  if (made) spawnSync('ip', ['netns', 'del', name]);
  return works;
}
