import { describe, expect, it } from 'vitest';
import { inLines, type ProjectFile, readProject } from './project-files.ts';
import { findWrongReferences } from './rfc-references.ts';

const line = (text: string): ProjectFile => ({ path: 'a.ts', text });
const OWN_FIXTURES = /^test\/house\/rfc-references/;

describe('references to RFCs', () => {
  it('name sections that exist, in one form', () => {
    const mayRefer = (path: string): boolean =>
      /\.(ts|mjs|md|yaml|c|h)$/.test(path) && !OWN_FIXTURES.test(path);
    const files = readProject(mayRefer);
    expect(files.some(({ text }) => text.includes('RFC 8461 §3.2'))).toBe(true);
    expect(inLines(files.flatMap(findWrongReferences))).toBe('');
  });
});

describe('the check of references', () => {
  it.each([
    'RFC 8461 §3.2',
    'RFC 8461 §3.1, §3.3 and §4.1',
    'RFC 8461 §4–5',
    'RFC 8461 Appendix B',
    'RFC 8460 §4.3.2.2',
    '(RFC 8461, RFC 8460)',
    'RFC 5280 §4.2.1.6',
    'keywords: rfc8461',
  ])('accepts %s', (text) => expect(findWrongReferences(line(text))).toEqual([]));

  it.each([
    ['RFC 8461 §3.5', 'RFC 8461 has no section 3.5'],
    ['RFC 8461 §3.1 and §12', 'RFC 8461 has no section 12'],
    ['RFC 8461 §4–15', 'RFC 8461 has no section 15'],
    ['RFC 8460 §4.3.5', 'RFC 8460 has no section 4.3.5'],
    ['RFC 8461 Appendix C', 'RFC 8461 has no section C'],
    ['RFC8461 says', 'with a space'],
    ['RFC 8461 section 3.2', 'write "RFC 8461 §3.2"'],
    ['RFC 8461, Section 3.2', 'write "RFC 8461 §3.2"'],
    ['RFC 8461 § 3.2', 'write "RFC 8461 §3.2"'],
    ['RFC 8461§3.2', 'with a space'],
  ])('refuses %s', (text, problem) => {
    const found = findWrongReferences(line(`first line\n${text}`));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('a.ts:2: ');
    expect(found[0]).toContain(problem);
  });
});
