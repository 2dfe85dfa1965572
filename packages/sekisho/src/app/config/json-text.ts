const WIDTH = 100;

function isFlat(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isFlat) : typeof value !== 'object' || value === null;
}

function toLine(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(toLine).join(', ')}]` : (JSON.stringify(value) ?? '');
}

/** JSON as a person would lay it out: a list of scalars takes one line where it fits into 100 columns. */
export function formatJson(value: unknown, indent = '', before = 0): string {
  const line = toLine(value);
  if (isFlat(value) && (!Array.isArray(value) || before + line.length <= WIDTH)) return line;
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const items = Object.entries(value as object).map(([key, item]) => {
    const name = isList ? '' : `${JSON.stringify(key)}: `;
    return `${inner}${name}${formatJson(item, inner, inner.length + name.length + 1)}`;
  });
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  return items.length === 0
    ? `${open}${close}`
    : `${open}\n${items.join(',\n')}\n${indent}${close}`;
}
