import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseDomain } from '@sekisho/spec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openSqlitePublishStore,
  type PolicyVersion,
  type PublishedDomain,
} from '../../packages/sekisho/src/publish/store/index.ts';
import { chooseCount } from '../scale.ts';
import { type Observer, readId, type Sight, startObserver } from './publish-observer.ts';
import { createOutside, DOMAIN, type Outside } from './publish-outside.ts';
import type { VictimMessage, VictimOrder } from './publish-victim.ts';

const VICTIM = fileURLToPath(new URL('./publish-victim.ts', import.meta.url));
const LEAVING_DAYS = 40;
/** A change is killed at every so many-th of its moments; which of them begins differs with the order. */
const EVERY = chooseCount({ soak: 1, test: 3 });

const parsed = parseDomain(DOMAIN);
if (!parsed.ok) throw new TypeError(DOMAIN);
const domain = parsed.value;

/** A publisher's directory, and the record at the time. */
interface Scene {
  readonly directory: string;
  readonly txt: string | undefined;
}

/** What the store holds. */
interface Kept {
  readonly found: PublishedDomain | undefined;
  readonly versions: readonly PolicyVersion[];
}

/** How a victim ended. */
interface End {
  /** Absent when it was killed. */
  readonly idle?: Extract<VictimMessage, { readonly kind: 'idle' }>;
}

let outside: Outside;
let observer: Observer;
let root = '';
beforeAll(async () => {
  outside = await createOutside();
  observer = startObserver(outside);
  root = mkdtempSync(join(tmpdir(), 'sekisho-publish-kills-'));
  // Hundreds of processes strip the same types: once is enough.
  process.env['NODE_COMPILE_CACHE'] ??= join(root, 'compile-cache');
});
afterAll(async () => {
  await observer.close();
  await outside.close();
  rmSync(root, { recursive: true });
});

function startVictim(directory: string, order: VictimOrder, killAt: number, days: number) {
  const { dns, certificate, rootFile } = outside;
  return spawn(process.execPath, ['--conditions=sekisho-source', VICTIM, order, String(killAt)], {
    env: {
      ...process.env,
      VICTIM_DIRECTORY: directory,
      VICTIM_DNS: dns.address,
      VICTIM_CERTIFICATE: certificate.chainFile,
      VICTIM_KEY: certificate.keyFile,
      VICTIM_ROOT: rootFile,
      VICTIM_DAYS: String(days),
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** Lets one victim live until it is idle or dead. The observer follows it. */
async function live({ directory }: Scene, order: VictimOrder, killAt = 0, days = 0): Promise<End> {
  const child = startVictim(directory, order, killAt, days);
  let idle: End['idle'];
  const isIdle = new Promise<void>((resolve) => {
    child.on('message', (message: VictimMessage) => {
      if (message.kind !== 'idle') return void answer(child, message);
      idle = message;
      resolve();
    });
  });
  const dead = once(child, 'exit');
  await Promise.race([isIdle, dead]);
  if (idle !== undefined) {
    // The observer sees the end of it as well.
    await observer.look();
    child.kill('SIGKILL');
  }
  await dead;
  observer.follow(undefined);
  if (child.signalCode !== 'SIGKILL') throw new Error(`${order} ended with ${child.exitCode}`);
  return idle === undefined ? {} : { idle };
}

async function answer(
  child: ChildProcess,
  message: Exclude<VictimMessage, { readonly kind: 'idle' }>,
): Promise<void> {
  switch (message.kind) {
    case 'listening':
      return observer.follow(message.port);
    case 'txt':
      outside.writeTxt(message.text);
      break;
    case 'moment':
      await observer.look();
      break;
  }
  // Who asked may be dead by now.
  child.send('done', () => undefined);
}

async function readStore(directory: string): Promise<Kept> {
  const store = await openSqlitePublishStore({ directory });
  const [found, versions] = await Promise.all([
    store.getDomain(domain),
    store.listVersions(domain),
  ]);
  await store.close();
  return { found, versions };
}

function copyScene(scene: Scene, name: string): Scene {
  const directory = join(root, name);
  mkdirSync(directory, { mode: 0o700 });
  cpSync(scene.directory, directory, { recursive: true });
  outside.writeTxt(scene.txt);
  return { directory, txt: scene.txt };
}

/** What a sender must never see: an id whose text, or a later one, is not given out. */
function judgeSights(sights: readonly Sight[], versions: readonly PolicyVersion[]): string[] {
  return sights.flatMap(({ id, body }) => {
    if (id === undefined) return [];
    const announced = versions.find((version) => version.id === id);
    if (announced === undefined) return [`id ${id} belongs to no version`];
    const isKept = versions.some(
      (version) => version.body === body && version.number >= announced.number,
    );
    return isKept ? [] : [`id ${id} was shown while this was given out: ${body}`];
  });
}

/** Whether record, host and store agree, and nothing is pending. */
function judgeEnd({ found, versions }: Kept, sights: readonly Sight[]): string[] {
  const id = readId(outside.readTxt());
  const announced = versions.find(({ number }) => number === found?.announced);
  const wrong: string[] = [];
  if (found?.change !== undefined) wrong.push(`a change stays at ${found.change.step}`);
  if (found?.served !== found?.announced) wrong.push('served and announced differ');
  if (id !== announced?.id) wrong.push(`the record shows ${id}, announced is ${announced?.id}`);
  const isSeen = sights.some((sight) => sight.id === id && sight.body === announced?.body);
  return isSeen ? wrong : [...wrong, 'nobody saw the end'];
}

/** An order, and how it is played. */
interface Play {
  readonly order: VictimOrder;
  readonly before: () => Scene;
  readonly days?: number;
  /** What goes on after the kill; an order that leaves no trace until its end is given again. Default `none`. */
  readonly again?: VictimOrder;
  /** The moments that there must be at least, so that a test that kills nowhere cannot pass. */
  readonly moments: readonly string[];
}

describe('SIGKILL at every step of a change (RFC 8461 §8.1)', () => {
  const scenes = new Map<string, Scene>();
  const sceneAfter = (name: string) => () => {
    const scene = scenes.get(name);
    if (scene === undefined) throw new Error(`The order "${name}" was not played`);
    return scene;
  };
  const nothing = (): Scene => {
    const directory = join(root, 'nothing');
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return { directory, txt: undefined };
  };
  const changing = [
    'before store.commitChange to serve',
    'after store.commitChange to verify',
    'before client.fetchPolicyBody',
    'after store.commitChange to announce',
    'before updater.replaceTxt',
    'after updater.replaceTxt',
    'after store.commitChange to confirm',
    'after authorities.lookupTxt',
    'after store.commitChange to end',
  ];
  const plays: readonly Play[] = [
    { order: 'first', before: nothing, moments: changing },
    { order: 'set', before: sceneAfter('first'), moments: changing },
    {
      order: 'abandon',
      before: sceneAfter('first'),
      // What cannot be verified ends by being abandoned alone.
      moments: ['after store.commitChange to end'],
    },
    { order: 'supersede', before: sceneAfter('first'), moments: changing },
    { order: 'rollback', before: sceneAfter('set'), moments: changing },
    { order: 'leave', before: sceneAfter('rollback'), moments: changing },
    {
      order: 'remove',
      before: sceneAfter('leave'),
      days: LEAVING_DAYS,
      again: 'remove',
      moments: [
        'after updater.replaceTxt',
        'before store.removeDomain',
        'after store.removeDomain',
      ],
    },
  ];

  it.each(plays)(
    '$order: completes or stays on the old policy; never an id ahead of its text',
    async ({ order, before, days = 0, again = 'none', moments }) => {
      const start = before();
      const whole = copyScene(start, order);
      const { idle } = await live(whole, order, 0, days);
      const passed = idle?.passed ?? [];
      expect(passed).toEqual(expect.arrayContaining([...moments]));
      const kept = await readStore(whole.directory);
      expect(judgeSights(observer.take(), kept.versions)).toEqual([]);
      scenes.set(order, { ...whole, txt: outside.readTxt() });
      const old = await readStore(copyScene(start, `${order}-old`).directory);

      // What was to be abandoned, or superseded, may as well complete.
      const added = kept.versions.map(({ number }) => number).slice(0, -old.versions.length);
      const mayBe = new Set([old.found?.announced, kept.found?.announced, ...added]);
      const wrong: string[] = [];
      let killed = 0;
      for (const [index, moment] of passed.entries()) {
        if ((index + order.length) % EVERY !== 0) continue;
        killed += 1;
        const scene = copyScene(start, `${order}-${index}`);
        const end = await live(scene, order, index + 1, days);
        const sights = [...observer.take()];
        await live(scene, again, 0, days);
        sights.push(...observer.take());
        const now = await readStore(scene.directory);
        const found = [...judgeSights(sights, now.versions), ...judgeEnd(now, sights)];
        if (end.idle !== undefined) found.push('it was not killed');
        if (!mayBe.has(now.found?.announced)) found.push(`${now.found?.announced} is announced`);
        wrong.push(...found.map((each) => `killed ${moment}: ${each}`));
      }
      expect(wrong).toEqual([]);
      console.log(`${order}: killed at ${killed} of ${passed.length} moments`);
    },
  );
});
