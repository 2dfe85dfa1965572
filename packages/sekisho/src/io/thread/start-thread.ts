import { type TransferListItem, Worker } from 'node:worker_threads';

/** What a thread is started with. */
export interface ThreadTask {
  /** In debuggers and the like. */
  readonly name: string;
  /** Its `workerData`. */
  readonly data: unknown;
  /** Ports in `data` that move to the thread. */
  readonly transfer: readonly TransferListItem[];
  /** A ceiling for its heap, not what is used. */
  readonly heapMiB: number;
}

/**
 * Starts a module in a thread of its own.
 *
 * @param module its URL, with the extension `.ts`: the sources run as they are, and in the published package the module
 * is compiled as the caller is.
 */
export function startThread(module: URL, task: ThreadTask): Worker {
  const isSource = import.meta.url.endsWith('.ts');
  return new Worker(isSource ? module : new URL(module.href.replace(/\.ts$/, '.js')), {
    name: task.name,
    workerData: task.data,
    transferList: [...task.transfer],
    // Flags of the process may not suit a thread.
    execArgv: isSource ? ['--conditions=sekisho-source'] : [],
    resourceLimits: { maxOldGenerationSizeMb: task.heapMiB, maxYoungGenerationSizeMb: 8 },
  });
}
