import { execFile } from 'node:child_process';
import type { Log } from '../../io/log/index.ts';
import type { Environment } from '../config/index.ts';

const FIRST_FD = 3;

/** A socket that systemd opened for us, by the name that its unit gives it (`FileDescriptorName=`). */
export interface PassedSocket {
  readonly fd: number;
  readonly name: string;
}

/** The sockets that systemd passes (sd_listen_fds(3)); none when they are meant for another process. */
export function listPassedSockets(environment: Environment, pid: number): readonly PassedSocket[] {
  if (Number(environment['LISTEN_PID']) !== pid) return [];
  const count = Number(environment['LISTEN_FDS'] ?? 0);
  const names = (environment['LISTEN_FDNAMES'] ?? '').split(':');
  return Array.from({ length: count }, (_, index) => ({
    fd: FIRST_FD + index,
    name: names[index] ?? '',
  }));
}

/**
 * Tells systemd about our state (sd_notify(3)) through its own `systemd-notify`: Node has no Unix datagrams.
 * The unit needs `NotifyAccess=all`. Does nothing outside systemd, and never fails the daemon.
 */
export function notifySystemd(
  state: 'ready' | 'stopping' | 'reloading',
  { environment, log }: { readonly environment: Environment; readonly log: Log },
): Promise<void> {
  if (environment['NOTIFY_SOCKET'] === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    execFile(
      'systemd-notify',
      [`--${state}`, `--pid=${process.pid}`],
      { timeout: 5000 },
      (error) => {
        if (error !== null) log.warn('systemd could not be notified', { state, error });
        resolve();
      },
    );
  });
}
