import { posix } from 'node:path';
import type { ProjectFile } from './project-files.ts';

/** Which rooms each room may import; `all` where the table says so. */
export type RoomRules = ReadonlyMap<string, ReadonlySet<string> | 'all'>;

const ROOMS_FOLDER = 'packages/sekisho/src';
const SPEC_FOLDER = 'packages/spec/src';
const SPEC = '@sekisho/spec';
const NOT_A_ROOM = new Set(['utils', 'helpers', 'common', 'types']);
const LONGEST_DOOR = 30;

/** Reads the table with the columns `room` and `may import`. */
export function parseRoomTable(markdown: string): RoomRules {
  const lines = markdown.split('\n');
  const head = lines.findIndex((line) => /^\|\s*room\s*\|.*\|\s*may import\s*\|$/.test(line));
  if (head < 0) throw new Error('ARCHITECTURE.md has no table with "room" and "may import"');
  const rest = lines.slice(head + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return new Map(rest.slice(0, end < 0 ? undefined : end).map(parseRow));
}

function parseRow(line: string): [string, ReadonlySet<string> | 'all'] {
  const cells = line.split('|').map((cell) => cell.trim());
  const [, room = '', , allowed = ''] = cells;
  return [room, allowed === 'all' ? 'all' : new Set(allowed.split(/,\s*/))];
}

/** Every module that a source names: imports, re-exports, dynamic imports and types by `import()`. */
export function listImports(text: string): string[] {
  const code = text.replaceAll(/^\s*(\*|\/\/|\/\*\*).*$/gm, '');
  const fixed = /^(?:import|export)\b(?:[^'";]*?\bfrom)?\s*['"]([^'"]+)['"]/gm;
  const dynamic = /\bimport\(\s*['"]([^'"]+)['"]/g;
  return [...code.matchAll(fixed), ...code.matchAll(dynamic)].map(([, name = '']) => name);
}

/** Where a path inside the rooms' folder belongs: `io/dns/socket.ts` is room `io`, folder `io/dns`. */
interface Place {
  readonly room: string;
  /** What has a door: the room, its store, and in `io` the folder of one outside system. */
  readonly unit: string;
  readonly path: string;
}

function placeOf(path: string): Place {
  const [room = '', folder = '', ...rest] = path.split('/');
  const hasOwnDoor = rest.length > 0 && (room === 'io' || folder === 'store');
  return { room, unit: hasOwnDoor ? `${room}/${folder}` : room, path };
}

function judgeImport(from: Place, name: string, rules: RoomRules): string | undefined {
  const allowed = rules.get(from.room) ?? new Set();
  if (name === SPEC) {
    return allowed === 'all' || allowed.has(SPEC)
      ? undefined
      : `${from.room} may not import ${SPEC}`;
  }
  if (!name.startsWith('.')) {
    return name.startsWith('@sekisho/') || name.startsWith('sekisho')
      ? `import ${SPEC}`
      : undefined;
  }
  const to = placeOf(posix.normalize(posix.join(posix.dirname(from.path), name)));
  if (to.path.startsWith('..')) return 'leaves the rooms';
  if (to.unit === from.unit) return undefined;
  if (to.room === 'app') return 'nobody imports app';
  const known = to.room === from.room || allowed === 'all' || allowed.has(to.room);
  if (!known) return `${from.room} may not import ${to.room}`;
  const isDoor = to.path === `${to.unit}/index.ts` || to.path === 'io/error.ts';
  return isDoor ? undefined : `go through the door, ${to.unit}/index.ts`;
}

function judgePlace({ room, path }: Place, rules: RoomRules): string | undefined {
  const outside = path.split('/').find((part) => NOT_A_ROOM.has(part.replace(/\.ts$/, '')));
  if (outside !== undefined) return `"${outside}" says nothing: name it after what it does`;
  if (!path.includes('/')) return 'stands outside all rooms';
  if (!rules.has(room)) return `"${room}" is not a room of ARCHITECTURE.md`;
  const loose = room === 'io' && path.split('/').length === 2 && path !== 'io/error.ts';
  return loose ? 'io holds a folder for each outside system, and error.ts' : undefined;
}

function judgeDoor({ path, text }: ProjectFile): string[] {
  const findings: string[] = [];
  const lines = text.trimEnd().split('\n').length;
  if (lines > LONGEST_DOOR)
    findings.push(`${path}: a door of ${lines} lines, at most ${LONGEST_DOOR}`);
  if (!text.startsWith('/**')) findings.push(`${path}: a door begins with a module comment`);
  const statements = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').split(';');
  const other = statements
    .map((each) => each.trim())
    .find((each) => !/^(export\b.*\bfrom\b|$)/s.test(each));
  if (other !== undefined) findings.push(`${path}: a door only exports: ${other.slice(0, 60)}`);
  return findings;
}

function judgeRoomFile(file: ProjectFile, rules: RoomRules): string[] {
  const from = placeOf(file.path.slice(ROOMS_FOLDER.length + 1));
  const place = judgePlace(from, rules);
  const imports = listImports(file.text).flatMap((name) => {
    const problem = judgeImport(from, name, rules);
    return problem === undefined ? [] : [`${file.path}: imports ${name}: ${problem}`];
  });
  const door = from.path === `${from.unit}/index.ts` ? judgeDoor(file) : [];
  return [...(place === undefined ? [] : [`${file.path}: ${place}`]), ...imports, ...door];
}

function judgeSpecFile({ path, text }: ProjectFile): string[] {
  const outside = listImports(text).filter((name) => {
    const target = posix.normalize(posix.join(posix.dirname(path), name));
    return !name.startsWith('.') || !target.startsWith(`${SPEC_FOLDER}/`);
  });
  return outside.map((name) => `${path}: imports ${name}: spec imports only itself`);
}

function findMissingDoors(files: readonly ProjectFile[]): string[] {
  const inRooms = files.filter(({ path }) => path.startsWith(`${ROOMS_FOLDER}/`));
  const places = inRooms.map(({ path }) => placeOf(path.slice(ROOMS_FOLDER.length + 1)));
  const units = new Set(places.filter(({ path }) => path.includes('/')).map(({ unit }) => unit));
  const present = new Set(places.map(({ path }) => path));
  // `io` itself only holds folders, and nobody may enter `app`.
  const owing = [...units].filter((unit) => unit !== 'io' && unit !== 'app');
  const missing = owing.filter((unit) => !present.has(`${unit}/index.ts`));
  return missing.map((unit) => `${ROOMS_FOLDER}/${unit}: has no door, index.ts`);
}

/** Everything in these sources that the table of ARCHITECTURE.md does not allow, a line each. */
export function findForbiddenImports(files: readonly ProjectFile[], rules: RoomRules): string[] {
  const judged = files.flatMap((file) => {
    if (file.path.startsWith(`${ROOMS_FOLDER}/`)) return judgeRoomFile(file, rules);
    return file.path.startsWith(`${SPEC_FOLDER}/`) ? judgeSpecFile(file) : [];
  });
  return [...judged, ...findMissingDoors(files)];
}
