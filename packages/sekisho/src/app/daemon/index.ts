/** The long-running part: adapters built from settings, listeners, signals. */
export { type RunDaemonOptions, runDaemon } from './run-daemon.ts';
export { type Signals, watchSignals } from './signals.ts';
