import { posix } from 'node:path';
import type { ProjectFile } from './project-files.ts';
import { listImports } from './rooms.ts';

/** Packages that sources import by name, and the file that the name stands for. */
export type PackageEntries = ReadonlyMap<string, string>;

/** Files or folders that import one another in a circle. */
export interface Circle {
  /** The folder whose direct members go round. */
  readonly folder: string;
  /** Every member of the circle, sorted. */
  readonly members: readonly string[];
  /** The imports of a shortest way round, one between each two members. */
  readonly imports: readonly FileImport[];
}

interface FileImport {
  readonly from: string;
  readonly to: string;
}

/** Which member of a folder imports which other, each by one import that shows it. */
type Edges = ReadonlyMap<string, ReadonlyMap<string, FileImport>>;

function resolve(from: string, name: string, packages: PackageEntries): string | undefined {
  if (name.startsWith('.')) return posix.normalize(posix.join(posix.dirname(from), name));
  return packages.get(name);
}

function listFileImports(
  files: readonly ProjectFile[],
  packages: PackageEntries,
): readonly FileImport[] {
  const present = new Set(files.map(({ path }) => path));
  return files.flatMap(({ path: from, text }) =>
    listImports(text).flatMap((name) => {
      const to = resolve(from, name, packages);
      return to !== undefined && present.has(to) ? [{ from, to }] : [];
    }),
  );
}

/**
 * Sorts each import to the one folder in which its two ends are different members: `a/b/x.ts` importing `a/c/y.ts` is
 * an edge from `a/b` to `a/c` in folder `a`.
 */
function groupByFolder(imports: readonly FileImport[]): Map<string, Edges> {
  const folders = new Map<string, Map<string, Map<string, FileImport>>>();
  for (const each of imports) {
    const from = each.from.split('/');
    const to = each.to.split('/');
    const common = from.findIndex((part, at) => part !== to[at]);
    if (common < 0) continue;
    const folder = from.slice(0, common).join('/');
    const member = (path: readonly string[]): string => path.slice(0, common + 1).join('/');
    const edges = folders.get(folder) ?? new Map<string, Map<string, FileImport>>();
    const targets = edges.get(member(from)) ?? new Map<string, FileImport>();
    if (!targets.has(member(to))) targets.set(member(to), each);
    folders.set(folder, edges.set(member(from), targets));
  }
  return folders;
}

/** For each member that can be reached from `start` by one import or more, the last import of a shortest way. */
function reach(edges: Edges, start: string): Map<string, { from: string; by: FileImport }> {
  const cameBy = new Map<string, { from: string; by: FileImport }>();
  const queue = [start];
  for (const from of queue) {
    for (const [to, by] of edges.get(from) ?? []) {
      if (cameBy.has(to)) continue;
      cameBy.set(to, { from, by });
      queue.push(to);
    }
  }
  return cameBy;
}

/** The imports of a shortest way from a member back to itself. */
function wayRound(edges: Edges, member: string): FileImport[] {
  const cameBy = reach(edges, member);
  const imports: FileImport[] = [];
  let at = member;
  do {
    const step = cameBy.get(at);
    if (step === undefined) return [];
    imports.unshift(step.by);
    at = step.from;
  } while (at !== member);
  return imports;
}

function findInFolder(folder: string, edges: Edges): Circle[] {
  const reached = new Map([...edges.keys()].map((each) => [each, reach(edges, each)]));
  const inCircle = [...edges.keys()].filter((each) => reached.get(each)?.has(each));
  const found = new Map<string, readonly string[]>();
  for (const each of inCircle) {
    const members = inCircle.filter(
      (other) => reached.get(each)?.has(other) && reached.get(other)?.has(each),
    );
    found.set(members.toSorted().join(' '), members.toSorted());
  }
  return [...found.values()].map((members) => {
    const ways = members.map((member) => wayRound(edges, member));
    const [shortest = []] = ways.toSorted((a, b) => a.length - b.length);
    return { folder, members, imports: shortest };
  });
}

/**
 * Every circle between the direct members of any folder: its files and its child folders, a folder importing what any
 * file below it imports. Types count like values: who reads one file of a circle has to read them all.
 */
export function findCircles(
  files: readonly ProjectFile[],
  packages: PackageEntries = new Map(),
): Circle[] {
  const folders = [...groupByFolder(listFileImports(files, packages))];
  return folders.flatMap(([folder, edges]) => findInFolder(folder, edges));
}

/** Names the members of a circle and the imports of a shortest way round. */
export function formatCircle({ folder, members, imports }: Circle): string {
  const ways = imports.map(({ from, to }) => `  ${from} imports ${to}`);
  return [
    `circle of ${members.length} in ${folder || 'the workspace'}: ${members.join(', ')}`,
    ...ways,
  ].join('\n');
}
