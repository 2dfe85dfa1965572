import { randomUUID } from 'node:crypto';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import { createSessionsHandler } from '../../report/index.ts';
import type { PathHandler } from '../service/http-listener.ts';
import type { CountingStore } from './counting-store.ts';

export interface SessionsPathsParts {
  readonly store: CountingStore;
  readonly tokens: () => readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

/** `POST /v1/sessions` on the two listeners that take it. */
export interface SessionsPaths {
  /** Over the network: with a token. */
  readonly http: ReadonlyMap<string, PathHandler>;
  /** On the socket that only its owner may use: without one. */
  readonly control: ReadonlyMap<string, PathHandler>;
}

const PATH = '/v1/sessions';

export function createSessionsPaths(parts: SessionsPathsParts): SessionsPaths {
  const { store, tokens, clock, log } = parts;
  const add = store.addSessions;
  const owner = randomUUID();
  const fromOwner = createSessionsHandler({ add, tokens: () => [owner], clock, log });
  return {
    http: new Map([[PATH, createSessionsHandler({ add, tokens, clock, log })]]),
    control: new Map([
      [
        PATH,
        (request, response) => {
          // The rights of the socket stand for the token.
          request.headers.authorization = `Bearer ${owner}`;
          return fromOwner(request, response);
        },
      ],
    ]),
  };
}
