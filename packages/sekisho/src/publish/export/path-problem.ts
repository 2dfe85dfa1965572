/** What stands for itself, quoted, in the configuration of nginx and of Caddy alike. */
const PLAIN = /^\/[\w./@+:=, ~-]*$/u;

/** Why a directory cannot stand in the snippets; undefined where it can. What would need escaping is refused. */
export function findPathProblem(directory: string): string | undefined {
  if (PLAIN.test(directory)) return undefined;
  return directory.startsWith('/')
    ? 'its name holds a character with a meaning in configurations of web servers'
    : 'it is not an absolute path';
}
