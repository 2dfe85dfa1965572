/** A bounded memory that forgets what was not asked for the longest. */
export interface Recent<Key, Value> {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  delete(key: Key): void;
  readonly size: number;
}

/**
 * @param most entries, 1 or more.
 * @param dropped is told of each value that leaves: pushed out, replaced or deleted.
 */
export function createRecent<Key, Value>(
  most: number,
  dropped?: (value: Value) => void,
): Recent<Key, Value> {
  // A Map keeps the order of insertion: the first entry is the one that was used longest ago.
  const entries = new Map<Key, Value>();
  const remove = (key: Key): void => {
    const value = entries.get(key);
    if (value === undefined) return;
    entries.delete(key);
    dropped?.(value);
  };
  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key, value) {
      remove(key);
      entries.set(key, value);
      if (entries.size <= most) return;
      for (const oldest of entries.keys()) {
        remove(oldest);
        return;
      }
    },
    delete: remove,
    get size() {
      return entries.size;
    },
  };
}
