/** A value such as `multipart/report; report-type=tlsrpt` (RFC 2045 §5.1). */
export interface HeaderValue {
  /** What is before the parameters, in lower case. */
  readonly main: string;
  /** By name in lower case; the first of several counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

const LONGEST_VALUE = 8192;
const PARAMETER = /;\s*([^=;\s]{1,64})\s{0,64}=\s{0,64}("(?:[^"\\]|\\.)*"|[^;]*)/g;
const SECTION = /^([^*]+)\*(?:(\d{1,2})(\*)?)?$/;

/** Reads a value with parameters, also such as are continued or encoded (RFC 2231 §3, §4). Never fails. */
export function parseHeaderValue(text: string): HeaderValue {
  const value = text.slice(0, LONGEST_VALUE);
  const [main = ''] = /^[^;(\s]*/.exec(value.trimStart()) ?? [];
  const parameters = new Map<string, string>();
  const sections = new Map<string, { at: number; text: string }[]>();
  for (const [, rawName = '', given = ''] of value.matchAll(PARAMETER)) {
    const name = rawName.toLowerCase();
    const match = SECTION.exec(name);
    if (match === null) setFirst(parameters, name, unquote(given));
    else addSection(sections, match, unquote(given));
  }
  for (const [name, list] of sections) {
    list.sort((a, b) => a.at - b.at);
    setFirst(parameters, name, list.map(({ text }) => text).join(''));
  }
  return { main: main.toLowerCase(), parameters };
}

function setFirst(parameters: Map<string, string>, name: string, value: string): void {
  if (!parameters.has(name)) parameters.set(name, value);
}

function addSection(
  sections: Map<string, { at: number; text: string }[]>,
  [, name = '', index, encoded]: RegExpExecArray,
  given: string,
): void {
  const isEncoded = index === undefined || encoded !== undefined;
  const at = Number(index ?? 0);
  const section = { at, text: isEncoded ? decodeExtended(given, at === 0) : given };
  const list = sections.get(name);
  if (list === undefined) sections.set(name, [section]);
  else list.push(section);
}

/** The charset is not looked at: names of reports are ASCII (RFC 8460 §5.1). */
function decodeExtended(text: string, isFirst: boolean): string {
  const octets = isFirst ? text.replace(/^[^']*'[^']*'/, '') : text;
  return octets.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function unquote(given: string): string {
  return given.startsWith('"') && given.endsWith('"') && given.length > 1
    ? given.slice(1, -1).replace(/\\(.)/g, '$1')
    : given.trim();
}
