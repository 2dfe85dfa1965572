/** The long-running part: adapters built from settings, listeners, signals. */
export { runDaemon } from './run-daemon.ts';
export { type Signals, watchSignals } from './signals.ts';
