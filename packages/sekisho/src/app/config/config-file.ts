import { readFileSync } from 'node:fs';
import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { ConfigProblem } from './config-error.ts';

/** A read configuration file: plain values, and where in the text each of them stands. */
export interface ConfigFile {
  readonly values: Readonly<Record<string, unknown>>;
  /** Line of the value at a path, or of the key of an unknown one; undefined if it is not in the file. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
  /** A scalar exactly as it is written, without quotes. */
  sourceOf(path: readonly PropertyKey[]): string | undefined;
}

/** The file, or everything that prevents reading it. */
export type ConfigFileResult =
  | { readonly ok: true; readonly file: ConfigFile }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

function findSyntaxProblems(document: Document.Parsed, lines: LineCounter): ConfigProblem[] {
  return [...document.errors, ...document.warnings].map(({ code, message, pos }) => {
    const { line, col } = lines.linePos(pos[0]);
    const [firstLine = ''] = message.split('\n');
    return {
      where: `line ${String(line)}, column ${String(col)}`,
      message:
        code === 'MULTIPLE_DOCS'
          ? 'a second YAML document begins here; allowed is one'
          : firstLine.replace(/ at line \d+, column \d+:?$/u, ''),
    };
  });
}

const wrongFile = (message: string): ConfigFileResult => ({
  ok: false,
  problems: [{ where: 'line 1', message }],
});

function toValues(document: Document.Parsed): ConfigFileResult['ok'] | object {
  const { contents } = document;
  // Nothing at all, or nothing after `---`.
  if (contents === null || (isScalar(contents) && contents.value === null)) return {};
  return isMap(contents) ? (document.toJS({ maxAliasCount: 100 }) as object) : false;
}

/** The pair of a path, found in the text rather than in the values, so that unknown keys are found too. */
function findLine(document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]) {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  const pair = isMap(parent)
    ? parent.items.find(({ key }) => String(isScalar(key) ? key.value : key) === last)
    : undefined;
  const node = pair?.key ?? document.getIn([...path], true);
  const range = (node as { readonly range?: readonly number[] } | undefined)?.range;
  return range?.[0] === undefined ? undefined : lines.linePos(range[0]).line;
}

/** Reads YAML 1.2: duplicate keys are errors, warnings of the parser are taken as errors. */
export function parseConfigFile(text: string): ConfigFileResult {
  const lines = new LineCounter();
  const document = parseDocument(text, { version: '1.2', lineCounter: lines, uniqueKeys: true });
  const problems = findSyntaxProblems(document, lines);
  if (problems.length > 0) return { ok: false, problems };
  let values: ConfigFileResult['ok'] | object;
  try {
    values = toValues(document);
  } catch (error) {
    return wrongFile(`the file cannot be understood: ${(error as Error).message}`);
  }
  if (typeof values !== 'object') return wrongFile('given is no mapping, allowed is "key: value"');
  const file: ConfigFile = {
    values: values as Readonly<Record<string, unknown>>,
    lineOf: (path) => findLine(document, lines, path),
    sourceOf(path) {
      const node = document.getIn([...path], true);
      return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
    },
  };
  return { ok: true, file };
}

/** Reads the file at a path; see {@link parseConfigFile}. */
export function readConfigFile(path: string): ConfigFileResult {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8' : message;
    return {
      ok: false,
      problems: [{ where: path, message: `the file cannot be read: ${reason}` }],
    };
  }
  return parseConfigFile(text);
}
