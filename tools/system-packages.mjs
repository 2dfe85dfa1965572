// Installs the Debian packages that a test run or a benchmark needs (tools/system-packages.json), where it may.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';

/** dpkg's packages ask this file before they start a service; exit 101 forbids it. */
const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_ASIDE = `${POLICY}.before-sekisho`;
const POLICY_TEXT =
  '#!/bin/sh\n# Sekisho installs packages for its tests: start no services.\nexit 101\n';

const say = (text) => process.stderr.write(`${text}\n`);

function wantedPackages(list) {
  const lists = JSON.parse(readFileSync(new URL('system-packages.json', import.meta.url), 'utf8'));
  if (!Array.isArray(lists[list]))
    throw new Error(`tools/system-packages.json has no list "${list}"`);
  return lists[list];
}

function isInstalled(name) {
  const query = ['-W', '-f', '${db:Status-Status}', name];
  return spawnSync('dpkg-query', query, { encoding: 'utf8' }).stdout === 'installed';
}

/** Why nothing can be installed here, or undefined. */
function obstacle() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  if (!/^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release))
    return 'this is neither Debian nor Ubuntu';
  return process.getuid() === 0 ? undefined : 'this is not root';
}

function apt(...args) {
  const env = {
    ...process.env,
    DEBIAN_FRONTEND: 'noninteractive',
    APT_LISTCHANGES_FRONTEND: 'none',
  };
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Options::=--force-confold'];
  // Standard output is for test results.
  return spawnSync('apt-get', [...options, ...args], { env, stdio: ['ignore', 2, 2] }).status === 0;
}

function hasPackageLists() {
  const lists = '/var/lib/apt/lists';
  return existsSync(lists) && readdirSync(lists).some((file) => /_Packages(\.\w+)?$/.test(file));
}

function isOurs(path) {
  return existsSync(path) && readFileSync(path, 'utf8') === POLICY_TEXT;
}

function forbidServices() {
  if (existsSync(POLICY) && !isOurs(POLICY)) renameSync(POLICY, POLICY_ASIDE);
  writeFileSync(POLICY, POLICY_TEXT);
  chmodSync(POLICY, 0o755);
}

function allowServices() {
  if (isOurs(POLICY)) rmSync(POLICY);
  if (existsSync(POLICY_ASIDE)) renameSync(POLICY_ASIDE, POLICY);
}

function install(names) {
  const args = ['install', '-y', '--no-install-recommends', ...names];
  if (!hasPackageLists()) return apt('update') && apt(...args);
  return apt(...args) || (apt('update') && apt(...args));
}

/** A signal that has a handler waits until the synchronous work ends, so the clean-up always runs. */
function withoutServices(work) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));
  try {
    forbidServices();
    return work();
  } finally {
    allowServices();
  }
}

/** Never fails: what stays missing is named, and the tests that need it are skipped and counted. */
export function installSystemPackages(list) {
  const missing = wantedPackages(list).filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const why = obstacle();
  if (why !== undefined) {
    say(`\nNOT INSTALLED, since ${why}: ${missing.join(' ')}\nWhat needs them is skipped.\n`);
    return;
  }
  say(
    `\nInstalling Debian packages for "${list}", without starting any service: ${missing.join(' ')}\n`,
  );
  if (!withoutServices(() => install(missing))) {
    say(
      `\nNOT INSTALLED, since apt-get failed: ${missing.filter((name) => !isInstalled(name)).join(' ')}\n`,
    );
  }
}
