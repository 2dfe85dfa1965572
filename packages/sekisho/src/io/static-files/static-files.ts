/** A tree of files that others read while it is written: at any moment each is the former one or the new one, whole. */
export interface StaticFiles {
  /**
   * Writes one file and the directories above it, readable by all. Does nothing where it has that content already.
   *
   * @param path relative to the tree, such as `mta-sts.example.com/.well-known/mta-sts.txt`.
   * @throws {IoError} `file-unwritable`
   */
  put(path: string, content: string): Promise<void>;
  /**
   * Removes one file, and the directories above it that are empty then. Does nothing where there is none.
   *
   * @throws {IoError} `file-unwritable`
   */
  remove(path: string): Promise<void>;
}
