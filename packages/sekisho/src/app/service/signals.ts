/** The signals of a daemon, caught from the moment on that they are watched. */
export interface Signals {
  /** Resolves with the first SIGTERM or SIGINT; a second one of the same kind ends the process. */
  readonly stopped: Promise<NodeJS.Signals>;
  readonly isStopping: boolean;
  /** Runs at every SIGHUP from now on, and at once if one came before. */
  onReload(reload: () => void): void;
}

/** Catches SIGTERM, SIGINT and SIGHUP, so that none of them kills a daemon that is about to start. */
export function watchSignals(): Signals {
  let isStopping = false;
  let wantsReload = false;
  let reload = (): void => void (wantsReload = true);
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      isStopping = true;
      reload = () => undefined;
      resolve(signal);
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  });
  process.on('SIGHUP', () => reload());
  return {
    stopped,
    get isStopping() {
      return isStopping;
    },
    onReload(wished) {
      if (isStopping) return;
      reload = wished;
      if (wantsReload) reload();
    },
  };
}
