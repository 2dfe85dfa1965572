/** A bounded memory that forgets what was not asked for of late. */
export interface Recent<Key, Value> {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  delete(key: Key): void;
  readonly size: number;
}

interface Entry<Value> {
  readonly value: Value;
  /** How many entries had been set when it was put at the end. */
  setsThen: number;
}

/**
 * What was asked for is moved to the end of the line only when it has come to the older half of it: to move it each time
 * would make the table anew again and again.
 *
 * @param most entries, 1 or more.
 * @param dropped is told of each value that leaves: pushed out, replaced or deleted.
 */
export function createRecent<Key, Value>(
  most: number,
  dropped?: (value: Value) => void,
): Recent<Key, Value> {
  // A Map keeps the order of insertion: the first entry is the one to go.
  const entries = new Map<Key, Entry<Value>>();
  let sets = 0;
  const remove = (key: Key): void => {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    dropped?.(entry.value);
  };
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (sets - entry.setsThen >= most / 2) {
        entries.delete(key);
        entries.set(key, entry);
        entry.setsThen = sets;
      }
      return entry.value;
    },
    set(key, value) {
      remove(key);
      sets += 1;
      entries.set(key, { value, setsThen: sets });
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
