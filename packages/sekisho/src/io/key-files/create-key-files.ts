import { join } from 'node:path';
import { fileError } from './file-error.ts';
import { fitsTogether } from './fits-together.ts';
import type { KeyFiles, PemPair } from './key-files.ts';
import { readIfThere, removeIfThere, renameSynced, writeWhole } from './whole-file.ts';

/** A domain in A-labels, or the name of an account's file: nothing that could leave its directory. */
const SAFE_NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const LONGEST_NAME = 253;

/**
 * Files below a state directory: `certificates/NAME/key.pem` and `chain.pem`, `pending-key.pem` while an order is
 * under way, and `acme/NAME.pem` for accounts.
 *
 * A pair takes its place in two renames. A kill between them leaves the new chain beside the old key, and the new key
 * under its other name, `next-key.pem`, where the next `loadPair` finds it.
 */
export function createKeyFiles(stateDirectory: string): KeyFiles {
  const pathOf = (name: string, file: string): string =>
    join(stateDirectory, 'certificates', safe(name), file);
  const accountPath = (name: string): string => join(stateDirectory, 'acme', `${safe(name)}.pem`);
  return {
    async loadPair(name) {
      const [chain, key] = [pathOf(name, 'chain.pem'), pathOf(name, 'key.pem')];
      const chainPem = await readIfThere(chain);
      if (chainPem === undefined) return undefined;
      const pair = { chainPem, keyPem: (await readIfThere(key)) ?? '' };
      return fitsTogether(pair) ? pair : completePair(chainPem, pathOf(name, 'next-key.pem'), key);
    },
    async savePair(name, { keyPem, chainPem }) {
      const [next, key] = [pathOf(name, 'next-key.pem'), pathOf(name, 'key.pem')];
      await writeWhole(next, keyPem);
      await writeWhole(pathOf(name, 'chain.pem'), chainPem);
      await putInPlace(next, key);
    },
    loadPendingKey: (name) => readIfThere(pathOf(name, 'pending-key.pem')),
    savePendingKey: (name, keyPem) => writeWhole(pathOf(name, 'pending-key.pem'), keyPem),
    removePendingKey: (name) => removeIfThere(pathOf(name, 'pending-key.pem')),
    remove: (name) => removeIfThere(pathOf(name, '')),
    loadAccountKey: (name) => readIfThere(accountPath(name)),
    saveAccountKey: (name, keyPem) => writeWhole(accountPath(name), keyPem),
  };
}

async function completePair(
  chainPem: string,
  next: string,
  key: string,
): Promise<PemPair | undefined> {
  const pair = { chainPem, keyPem: (await readIfThere(next)) ?? '' };
  if (!fitsTogether(pair)) return undefined;
  await putInPlace(next, key);
  return pair;
}

async function putInPlace(from: string, to: string): Promise<void> {
  try {
    await renameSynced(from, to);
  } catch (error) {
    throw fileError('write', to, error);
  }
}

function safe(name: string): string {
  if (name.length <= LONGEST_NAME && SAFE_NAME.test(name)) return name;
  throw new TypeError(`Cannot name files after "${name}": must be a domain in A-labels`);
}
