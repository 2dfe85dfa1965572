/** Plain nested values, as a YAML file gives them. */
export type ValueTree = Readonly<Record<string, unknown>>;

function isTree(value: unknown): value is ValueTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path, or undefined. */
export function getAt(tree: ValueTree, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (isTree(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    tree,
  );
}

/** A copy with the value at a path replaced; what stands in the way and is no tree stays, and wins. */
export function setAt(tree: ValueTree, path: readonly string[], value: unknown): ValueTree {
  const [key = '', ...rest] = path;
  if (rest.length === 0) return { ...tree, [key]: value };
  const inner = Object.hasOwn(tree, key) ? tree[key] : {};
  return isTree(inner) ? { ...tree, [key]: setAt(inner, rest, value) } : tree;
}

/** A copy without keys that have no value: `caFile:` means the same as leaving the line out. */
export function withoutNulls(tree: ValueTree): ValueTree {
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([key, value]) => [key, isTree(value) ? withoutNulls(value) : value]),
  );
}
