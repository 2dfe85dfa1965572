import { fitsTogether } from './fits-together.ts';
import type { KeyFiles } from './key-files.ts';

/** The same in memory, for tests. */
export interface FakeKeyFiles extends KeyFiles {
  /** By path, such as `certificates/example.test/key.pem`. */
  readonly files: Map<string, string>;
  /** Thrown by every write while it is set. */
  failure: Error | undefined;
}

/** Makes an empty one. */
export function createFakeKeyFiles(): FakeKeyFiles {
  const files = new Map<string, string>();
  const pathOf = (name: string, file: string): string => `certificates/${name}/${file}`;
  const write = (fake: FakeKeyFiles, path: string, text: string): void => {
    if (fake.failure !== undefined) throw fake.failure;
    files.set(path, text);
  };
  return {
    files,
    failure: undefined,
    async loadPair(name) {
      const keyPem = files.get(pathOf(name, 'key.pem'));
      const chainPem = files.get(pathOf(name, 'chain.pem'));
      if (keyPem === undefined || chainPem === undefined) return undefined;
      const pair = { keyPem, chainPem };
      return fitsTogether(pair) ? pair : undefined;
    },
    async savePair(name, { keyPem, chainPem }) {
      write(this, pathOf(name, 'key.pem'), keyPem);
      write(this, pathOf(name, 'chain.pem'), chainPem);
    },
    loadPendingKey: async (name) => files.get(pathOf(name, 'pending-key.pem')),
    async savePendingKey(name, keyPem) {
      write(this, pathOf(name, 'pending-key.pem'), keyPem);
    },
    removePendingKey: async (name) => void files.delete(pathOf(name, 'pending-key.pem')),
    async remove(name) {
      for (const path of files.keys()) if (path.startsWith(pathOf(name, ''))) files.delete(path);
    },
    loadAccountKey: async (name) => files.get(`acme/${name}.pem`),
    async saveAccountKey(name, keyPem) {
      write(this, `acme/${name}.pem`, keyPem);
    },
  };
}
