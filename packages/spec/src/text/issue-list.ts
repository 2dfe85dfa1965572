import type { Issue, Severity } from './result.ts';

/** More issues than a person reads; a hostile text must not cost more than a long honest one. */
export const MAX_ISSUES = 100;

/** Collects the issues of one text. */
export interface IssueList<Code extends string> {
  /** Keeps an issue; once the list is full, only the first error and the first tolerance, which decide the verdict. */
  add(code: Code, severity: Severity, why: () => string, line?: number): void;
  /** Keeps issues made elsewhere, by the same rule. */
  take(issues: readonly Issue<Code>[], line: number): void;
  /** Whether the text is refused already, and nobody would read of further issues. */
  isDecided(): boolean;
  /** Notes that the rest of the text is not judged. */
  cut(): void;
  /** In the order of lines; the last one says so if there are more. */
  all(): readonly Issue<Code>[];
}

/** Makes an empty list for texts of one kind, such as `MTA-STS policy`, judged by one clause. */
export function createIssueList<Code extends string>(
  kind: string,
  ref: string,
): IssueList<Code | 'issues-omitted'> {
  const kept: Issue<Code | 'issues-omitted'>[] = [];
  const seen = new Set<Severity>();
  let isCut = false;

  const keep = (severity: Severity, make: () => Issue<Code | 'issues-omitted'>): void => {
    const isDeciding = (severity === 'error' || severity === 'tolerated') && !seen.has(severity);
    if (kept.length < MAX_ISSUES || isDeciding) kept.push(make());
    else isCut = true;
    seen.add(severity);
  };

  return {
    add: (code, severity, why, line) =>
      keep(severity, () => {
        const where = line === undefined ? kind : `${kind}, line ${line}`;
        const issue = { code, severity, message: `${where}: ${why()} (${ref})`, ref };
        return line === undefined ? issue : { ...issue, line };
      }),
    take: (issues, line) => {
      for (const issue of issues) keep(issue.severity, () => ({ ...issue, line }));
    },
    isDecided: () => kept.length >= MAX_ISSUES && seen.has('error'),
    cut: () => {
      isCut = true;
    },
    all: () => {
      const sorted = kept.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
      return isCut ? [...sorted, omittedIssue(kind, ref)] : sorted;
    },
  };
}

function omittedIssue(kind: string, ref: string): Issue<'issues-omitted'> {
  const message = `${kind}: more issues than these are not listed (${ref})`;
  return { code: 'issues-omitted', severity: 'notice', message, ref };
}
