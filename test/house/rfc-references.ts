import type { ProjectFile } from './project-files.ts';

/** The sections of the two standards that Sekisho implements, as their tables of contents list them. */
const SECTIONS: Readonly<Record<string, ReadonlySet<string>>> = {
  '8461': new Set(
    `1 1.1 2 3 3.1 3.2 3.3 3.4 4 4.1 4.2 5 5.1 6 7 7.1 7.2 8 8.1 8.2 8.3 8.4 9 9.1 9.2 9.3
     10 10.1 10.2 10.3 10.4 10.5 11 11.1 11.2 A B`.split(/\s+/),
  ),
  '8460': new Set(
    `1 1.1 2 3 3.1 3.1.1 3.1.2 4 4.1 4.2 4.2.1 4.2.2 4.3 4.3.1 4.3.2 4.3.2.1 4.3.2.2 4.3.3 4.3.4
     4.4 4.5 5 5.1 5.2 5.3 5.3.1 5.4 5.5 5.6 6 6.1 6.2 6.3 6.4 6.5 6.6 7 8 9 9.1 9.2 A B`.split(
      /\s+/,
    ),
  ),
};

const SECTION = String.raw`(?:§\d+(?:\.\d+)*|Appendix [A-Z])`;
/** `RFC 8461 §3.2`, `RFC 8461 §4–5`, `RFC 8461 §3.1, §3.3 and §4.1`. */
const REFERENCE = new RegExp(
  String.raw`RFC (\d{3,5})((?: ${SECTION}(?:[–-]§?\d+(?:\.\d+)*)?)(?:(?:, | and | or |, and )${SECTION})*)?`,
  'g',
);
/** What people write instead. */
const OTHER_FORMS: readonly (readonly [RegExp, string])[] = [
  [/\bRFC[-_]?\d{4}\b/g, 'write "RFC 8461", with a space'],
  [/\bRFC \d{4},? (?:[Ss]ections?|[Ss]ec\.|s\.|§ ) ?\d/g, 'write "RFC 8461 §3.2"'],
  [/\bRFC \d{4}§/g, 'write "RFC 8461 §3.2", with a space'],
];

/** The lines in which a section is named that does not exist, or in another form than the project's. */
export function findWrongReferences({ path, text }: ProjectFile): string[] {
  return text.split('\n').flatMap((line, index) => {
    const problems = [...findUnknownSections(line), ...findOtherForms(line)];
    return problems.map((problem) => `${path}:${index + 1}: ${problem}`);
  });
}

function findUnknownSections(line: string): string[] {
  return [...line.matchAll(REFERENCE)].flatMap(([, rfc = '', sections = '']) => {
    const known = SECTIONS[rfc];
    const named = sections.match(/\d+(?:\.\d+)*|\b[A-Z]\b/g) ?? [];
    const unknown = named.filter((section) => known !== undefined && !known.has(section));
    return unknown.map((section) => `RFC ${rfc} has no section ${section}`);
  });
}

function findOtherForms(line: string): string[] {
  return OTHER_FORMS.flatMap(([form, advice]) =>
    (line.match(form) ?? []).map((found) => `"${found}": ${advice}`),
  );
}
