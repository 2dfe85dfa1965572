/** The log: the port, the one that writes lines, one that keeps them for tests, and the escaping of text of others. */
export { createLog, type CreateLogOptions, type LogFormat } from './create-log.ts';
export { escapeJsonLine, escapeSentence, escapeText } from './escape-text.ts';
export type { Log, LogFields, LogLevel } from './log.ts';
export { createMemoryLog, type LogEntry, type MemoryLog } from './memory-log.ts';
