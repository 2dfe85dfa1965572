/** Something that hands over lines until it is closed. */
export interface TailSource {
  /** Hands over nothing more once it resolves; a batch that is being taken is waited for. */
  close(): Promise<void>;
}

/** Up to where a file was taken. */
export interface FilePosition {
  /** Device and inode, `dev:ino`: the same file under whatever name. */
  readonly file: string;
  /** The first octet that was not taken. */
  readonly offset: number;
}

/** Where a source keeps how far it has come; `Position` is a `FilePosition`, or the cursor of a journal. */
export interface PositionStore<Position> {
  /** Undefined before anything was saved. */
  load(): Promise<Position | undefined>;
  save(position: Position): Promise<void>;
}
