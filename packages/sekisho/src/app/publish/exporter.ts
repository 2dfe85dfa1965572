import type { Domain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { PublishStore } from '../../publish/store/index.ts';
import { createStaticFiles } from '../../io/static-files/index.ts';
import { createPolicyTree, type PublishAlertSink, WorkAlert } from '../../publish/index.ts';

/** Keeps static files as what is given out. */
export interface Exporter {
  /** What is given out for a domain has changed. */
  changed(domain: Domain): void;
  /** Begins to write every policy that is served; for the start. */
  writeAll(): void;
  close(): Promise<void>;
}

const PAGE = 200;
/** How writing all is named in alerts. */
const ALL = 'all';

/** @param directory where they are written; without it, nothing is done. */
export function createExporter(
  directory: string | undefined,
  parts: {
    readonly store: PublishStore;
    readonly clock: Clock;
    readonly log: Log;
    readonly alerts: PublishAlertSink;
  },
): Exporter {
  if (directory === undefined)
    return {
      changed: () => undefined,
      writeAll: () => undefined,
      close: () => Promise.resolve(),
    };
  const { store, clock, log, alerts } = parts;
  const failing = new WorkAlert({
    alerts,
    clock,
    code: 'export-failing',
    what: 'A policy cannot be exported, and the file there may be an old one',
    forgetMs: Infinity,
  });
  const tree = createPolicyTree(createStaticFiles(directory));
  let last = Promise.resolve();
  let isClosed = false;

  /** What is served is read when it is written, so that the last word is the store's. */
  const write = async (domain: Domain): Promise<void> => {
    if (isClosed) return;
    try {
      const served = await store.getServed(domain);
      if (served === undefined) await tree.remove(domain);
      else await tree.put({ domain, body: served.body });
      failing.succeeded(domain);
    } catch (error) {
      failing.failed(domain, error);
      log.error('a policy cannot be exported; the file there may be an old one', { domain, error });
    }
  };
  const changed = (domain: Domain): void => {
    last = last.then(() => write(domain));
  };
  const writeAll = async (): Promise<void> => {
    let page = await store.listDomains({ limit: PAGE });
    for (let end = page.at(-1); end !== undefined && !isClosed; end = page.at(-1)) {
      for (const { domain } of page) await write(domain);
      page = await store.listDomains({ after: end.domain, limit: PAGE });
    }
  };
  return {
    changed,
    writeAll() {
      const writing = last.then(writeAll).then(() => failing.succeeded(ALL));
      last = writing.catch((error: unknown) => {
        failing.failed(ALL, error);
        log.error('policies cannot be exported', { error });
      });
    },
    close() {
      isClosed = true;
      return last;
    },
  };
}
