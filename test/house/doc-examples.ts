import type { ProjectFile } from './project-files.ts';

/** A code block under `@example` in a docstring. */
export interface DocExample {
  /** The exported name that the docstring belongs to. */
  readonly name: string;
  /** File and line of the block, for a person. */
  readonly at: string;
  readonly code: string;
}

const DOCSTRING =
  /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*export\s+(?:async\s+)?(?:function\*?|const|class)\s+(\w+)/g;
const BLOCK = /```ts\n([\s\S]*?)```/g;

/** Takes the ` * ` from the front of each line. */
function bare(docstring: string): string {
  return docstring.replaceAll(/^[ \t]*\*(?: |(?=\n))/gm, '');
}

/** Every executable example: the `ts` blocks that follow `@example` in the docstring of an export. */
export function listDocExamples({ path, text }: ProjectFile): DocExample[] {
  return [...text.matchAll(DOCSTRING)].flatMap((match) => {
    const [whole, name = ''] = match;
    const firstLine = text.slice(0, match.index).split('\n').length;
    const docs = bare(whole.slice(0, whole.indexOf('*/')));
    const start = docs.indexOf('@example');
    if (start < 0) return [];
    return [...docs.slice(start).matchAll(BLOCK)].map((block) => {
      const before = docs.slice(0, start + block.index).split('\n').length;
      return { name, at: `${path}:${firstLine + before}`, code: block[1] ?? '' };
    });
  });
}

/** The `ts` blocks of a README that use the package: they run as well. */
export function listReadmeExamples({ path, text }: ProjectFile): DocExample[] {
  const blocks = [...text.matchAll(BLOCK)].filter(([, code = '']) =>
    code.includes("'@sekisho/spec'"),
  );
  return blocks.map((block) => {
    const line = text.slice(0, block.index).split('\n').length + 1;
    return { name: 'README', at: `${path}:${line}`, code: block[1] ?? '' };
  });
}
