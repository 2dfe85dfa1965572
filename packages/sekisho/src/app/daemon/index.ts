/** The long-running part: adapters built from settings, listeners. */
export { runDaemon } from './run-daemon.ts';
