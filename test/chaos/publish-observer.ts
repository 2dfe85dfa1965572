import { get } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { DOMAIN, type Outside } from './publish-outside.ts';

/** What a sender saw who looked at the record first and fetched the policy then (RFC 8461 §3.3). */
export interface Sight {
  readonly id: string | undefined;
  /** Undefined when the host lives and gives out no policy. */
  readonly body: string | undefined;
}

/** A sender that never rests. */
export interface Observer {
  /** Where the publisher listens from now on; undefined: it is dead. */
  follow(port: number | undefined): void;
  /** Resolves after a whole look that begins now. */
  look(): Promise<void>;
  /** Each different sight since the last call. */
  take(): readonly Sight[];
  close(): Promise<void>;
}

export function startObserver(outside: Outside): Observer {
  const sights = new Map<string, Sight>();
  const waiting = new Set<() => void>();
  let port: number | undefined;
  let isClosed = false;
  const look = async (at: number): Promise<void> => {
    const id = readId(outside.readTxt());
    const fetched = await fetchBody(at, outside.rootPem);
    if (fetched.kind === 'dead') return;
    const { body } = fetched;
    // The record goes before the policy does: what went meanwhile was not seen together.
    if (body === undefined && readId(outside.readTxt()) !== id) return;
    sights.set(`${id} ${body}`, { id, body });
  };
  const watch = async (): Promise<void> => {
    while (!isClosed) {
      const asked = [...waiting];
      if (port === undefined) await delay(1);
      else await look(port);
      for (const resolve of asked) {
        waiting.delete(resolve);
        resolve();
      }
    }
  };
  const watching = watch();
  return {
    follow(newPort) {
      port = newPort;
    },
    look: () => new Promise((resolve) => waiting.add(resolve)),
    take() {
      const taken = [...sights.values()];
      sights.clear();
      return taken;
    },
    async close() {
      isClosed = true;
      await watching;
    },
  };
}

/** The id in a record's text. */
export function readId(txt: string | undefined): string | undefined {
  return txt === undefined ? undefined : /id=(\w+)/.exec(txt)?.[1];
}

type Fetched =
  | { readonly kind: 'dead' }
  | { readonly kind: 'alive'; readonly body: string | undefined };

const DEAD = { kind: 'dead' } as const;

function fetchBody(port: number, ca: string): Promise<Fetched> {
  const servername = `mta-sts.${DOMAIN}`;
  const path = '/.well-known/mta-sts.txt';
  const headers = { host: servername };
  const options = { host: '127.0.0.1', port, servername, path, headers, ca, agent: false };
  return new Promise((resolve) => {
    const asked = get({ ...options, timeout: 2000 }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString('latin1');
      });
      response.on('error', () => resolve(DEAD));
      response.on('close', () => {
        const isPolicy = response.statusCode === 200;
        resolve(response.complete ? { kind: 'alive', body: isPolicy ? body : undefined } : DEAD);
      });
    });
    // A host that knows no such domain ends the handshake (RFC 8461 §7.1); a dead one does not even begin it.
    asked.on('error', ({ code = '' }: NodeJS.ErrnoException) =>
      resolve(code.startsWith('ERR_SSL') ? { kind: 'alive', body: undefined } : DEAD),
    );
    asked.on('timeout', () => asked.destroy());
  });
}
