/** Sessions read from the log of Postfix, where it sends no datagrams. */
export {
  createLogReader,
  type LoggedSession,
  type LogReader,
  type LogReaderOptions,
} from './log-reader.ts';
export { parseSyslogLine, type SyslogMessage } from './syslog-line.ts';
