/** Lines of a growing log: from a file that is rotated, and from the systemd journal. */
export { createFileReader, type FileReader, type FileReaderOptions } from './file-reader.ts';
export { type FollowFileOptions, followFile } from './follow-file.ts';
export { type FollowJournalOptions, followJournal } from './follow-journal.ts';
export { type JournalEntry, parseJournalEntry } from './follow-journal.ts';
export type { FilePosition, PositionStore, TailSource } from './tail-source.ts';
