import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../../test/texts/any-text.ts';
import { codesOf } from '../../../../test/texts/codes-of.ts';
import { parseStsPolicy } from './parse-sts-policy.ts';

const strict = { strict: true };
const lines = ['version: STSv1', 'mode: enforce', 'mx: mx.example.test', 'max_age: 1209600'];
const plain = {
  mode: 'enforce',
  maxAgeSeconds: 1_209_600,
  mx: ['mx.example.test'],
  extensions: [],
};

/** The plain policy with lines replaced (`null` drops one) or added. */
function policy(
  change: Readonly<Record<string, string | null>>,
  ...added: readonly string[]
): string {
  const changed = lines.flatMap((line) => {
    const replacement = change[line.slice(0, line.indexOf(':'))];
    if (replacement === undefined) return [line];
    return replacement === null ? [] : [replacement];
  });
  return [...changed, ...added].map((line) => `${line}\n`).join('');
}

describe('parseStsPolicy (RFC 8461 §3.2)', () => {
  it.each([
    ['STS-3.2-6', 'LF', policy({})],
    ['STS-3.2-6', 'CRLF', policy({}).replaceAll('\n', '\r\n')],
    ['STS-3.2-6', 'both', policy({}).replace('\n', '\r\n')],
    ['STS-3.2-6', 'no final line end', policy({}).trimEnd()],
    ['STS-3.2-5', 'no blank after the colon', policy({ mode: 'mode:enforce' })],
    ['STS-3.2-5', 'blanks after colon and value', policy({ mode: 'mode: \tenforce \t ' })],
    ['STS-3.2-20', 'another order', lines.toReversed().join('\n')],
    ['STS-3.2-9', 'leading zeros', policy({ max_age: 'max_age: 0001209600' })],
    ['STS-3.2-23', 'mode again', policy({}, 'mode: none')],
    ['STS-3.2-23', 'max_age again, even as junk', policy({}, 'max_age: junk', 'max_age:')],
    ['STS-3.2-23', 'version again', policy({}, 'version: STSv2')],
  ])('%s: reads a policy with %s, strictly too', (_clause, _what, body) => {
    expect(parseStsPolicy(body, strict)).toMatchObject({ ok: true, value: plain });
  });

  it.each([
    ['STS-3.2-5', policy({ mode: ' mode: enforce' }), ['mode-missing', 'line-syntax']],
    ['STS-3.2-5', policy({ mode: 'mode : enforce' }), ['mode-missing', 'line-syntax']],
    ['STS-3.2-5', policy({}, 'no colon'), ['line-syntax']],
    ['STS-3.2-5', policy({}, '# a comment: no'), ['line-syntax']],
    ['STS-3.2-5', policy({}, ': value'), ['line-syntax']],
    ['STS-3.2-6', lines.join('\r'), ['mode-missing', 'max-age-missing', 'version-invalid']],
    ['STS-3.2-6', policy({ mode: 'mode: enforce\r\r' }), ['mode-invalid']],
    ['STS-3.2-7', policy({ version: null }), ['version-missing']],
    ['STS-3.2-7', policy({ version: 'version: STSv2' }), ['version-invalid']],
    ['STS-3.2-7', policy({ version: 'version: stsv1' }), ['version-invalid']],
    ['STS-3.2-8', policy({ mode: null }), ['mode-missing']],
    ['STS-3.2-8', policy({ mode: 'mode: Enforce' }), ['mode-invalid']],
    ['STS-3.2-8', policy({ mode: 'mode: report' }), ['mode-invalid']],
    ['STS-3.2-8', policy({ mode: 'mode:' }), ['mode-invalid']],
    ['STS-3.2-9', policy({ max_age: null }), ['max-age-missing']],
    ['STS-3.2-11', policy({ mx: null }), ['mx-missing']],
    ['STS-3.2-11', policy({ mode: 'mode: testing', mx: null }), ['mx-missing']],
    ['STS-3.2-11', policy({ mx: 'mx:' }), ['domain-empty']],
    ['STS-3.2-14', policy({}, 'mx: mx*.example.test'), ['mx-wildcard', 'label-characters']],
    ['STS-3.2-14', policy({}, 'mx: 192.0.2.1'), ['domain-numeric']],
    ['STS-3.2-15', policy({ mx: 'mx: a.test, b.test' }), ['label-characters']],
    ['STS-3.2-17', policy({ mx: 'mx: mail.bücher.test' }), ['domain-not-ascii']],
    ['STS-3.2-18', policy({ mode: 'Mode: enforce' }), ['mode-missing', 'field-unknown']],
    ['STS-3.2-18', policy({ mx: 'MX: mx.example.test' }), ['mx-missing', 'field-unknown']],
    ['STS-3.2-19', policy({}, 'x-info:'), ['field-value']],
    ['STS-3.2-19', policy({}, 'x-info: a\tb'), ['field-value']],
    ['STS-3.2-19', policy({}, 'x-info: a\0b'), ['field-value']],
    ['STS-3.2-19', policy({}, '_x: y'), ['line-syntax']],
    ['STS-3.2-19', policy({}, `${'n'.repeat(33)}: y`), ['line-syntax']],
    ['STS-3.2-22', policy({}, '__proto__: x'), ['line-syntax']],
    [
      'STS-3.2-23',
      policy({ mode: 'mode: junk' }, 'mode: enforce'),
      ['mode-invalid', 'field-duplicate'],
    ],
    ['STS-3.2-5', `\u{feff}${policy({})}`, ['byte-order-mark']],
    ['STS-3.2-5', policy({ mode: 'mode: enforce\u{fffd}' }), ['mode-invalid']],
    ['STS-3.2-7', '', ['version-missing', 'mode-missing', 'max-age-missing']],
    [
      'STS-3.2-5',
      '<!doctype html>\n',
      ['version-missing', 'mode-missing', 'max-age-missing', 'line-syntax'],
    ],
  ])('%s: refuses %j', (_clause, body, codes) => {
    const parsed = parseStsPolicy(body);
    expect(parsed.ok).toBe(false);
    expect(codesOf(parsed)).toEqual(codes);
  });

  it.each(['', '-1', '+1', '1.5', '1e3', '0x10', '12345678901', '١٢', '1 2'])(
    'STS-3.2-9: a max_age of %j is no number of seconds',
    (value) => {
      const parsed = parseStsPolicy(policy({ max_age: `max_age: ${value}` }));
      expect(parsed.ok).toBe(false);
      expect(codesOf(parsed)).toEqual(['max-age-invalid']);
    },
  );

  it.each([
    ['STS-3.2-6', `\n${policy({})}`, 'line-blank', 1],
    ['STS-3.2-6', `${policy({})}\n`, 'line-blank', 5],
    ['STS-3.2-6', policy({}, '', ' \t'), 'line-blank', 5],
    ['STS-3.2-6', policy({}).replaceAll('\n', '\r\n\r\n'), 'line-blank', 2],
    ['STS-3.2-14', policy({ mx: 'mx: mx.example.test.' }), 'mx-trailing-dot', 3],
  ])('%s: tolerates %j, but not strictly', (_clause, body, code, line) => {
    const parsed = parseStsPolicy(body);
    expect(parsed).toMatchObject({ ok: true, value: plain });
    expect(parsed.issues[0]).toMatchObject({ code, line, severity: 'tolerated' });
    expect(parseStsPolicy(body, strict).ok).toBe(false);
  });

  it.each([31_557_601, 99_999_999, 9_999_999_999])(
    'STS-3.2-10: a max_age of %d is read as one year, and refused strictly',
    (seconds) => {
      const body = policy({ max_age: `max_age: ${seconds}` });
      expect(parseStsPolicy(body)).toMatchObject({
        ok: true,
        value: { maxAgeSeconds: 31_557_600 },
        issues: [{ code: 'max-age-too-large', line: 4, severity: 'tolerated' }],
      });
      expect(parseStsPolicy(body, strict).ok).toBe(false);
    },
  );

  it.each([
    ['STS-3.2-9', 'enforce', 0, ['max-age-zero']],
    ['STS-3.2-13', 'enforce', 1, ['max-age-short']],
    ['STS-3.2-13', 'enforce', 1_209_599, ['max-age-short']],
    ['STS-3.2-13', 'enforce', 1_209_600, []],
    ['STS-3.2-13', 'testing', 86_399, ['max-age-short']],
    ['STS-3.2-13', 'testing', 86_400, []],
    ['STS-3.2-13', 'none', 60, []],
    ['STS-3.2-10', 'enforce', 31_557_600, []],
  ])('%s: %s with a max_age of %d is valid, with %j', (_clause, mode, seconds, codes) => {
    const body = policy({ mode: `mode: ${mode}`, max_age: `max_age: ${seconds}` });
    expect(parseStsPolicy(body, strict)).toMatchObject({
      ok: true,
      value: { maxAgeSeconds: seconds },
    });
    expect(codesOf(parseStsPolicy(body))).toEqual(codes);
  });

  it('STS-3.2-11: mode none needs no mx, and may have one', () => {
    expect(parseStsPolicy(policy({ mode: 'mode: none', mx: null }), strict)).toMatchObject({
      ok: true,
      value: { mode: 'none', mx: [] },
    });
    expect(parseStsPolicy(policy({ mode: 'mode: none' }), strict)).toMatchObject({
      ok: true,
      value: { mx: ['mx.example.test'] },
    });
  });

  it('STS-3.2-16: every mx on its own line, in the order of the file, each once', () => {
    const parsed = parseStsPolicy(policy({}, 'mx: *.b.test', 'mx: A.test', 'mx: a.TEST'), strict);
    expect(parsed).toMatchObject({
      ok: true,
      value: { mx: ['mx.example.test', '*.b.test', 'a.test'] },
    });
    expect(parsed.issues).toMatchObject([{ code: 'mx-duplicate', severity: 'warning', line: 7 }]);
  });

  it('one invalid mx makes the whole policy invalid, so that its owner hears of it', () => {
    expect(parseStsPolicy(policy({}, 'mx: not valid')).ok).toBe(false);
  });

  it.each(['x-info: https://a.test/é b', 'x: a:b:c', 'nmx: mx.example.test', 'x: \u{10ffff}'])(
    'STS-3.2-21: the unknown field %j is accepted and ignored',
    (line) => {
      const parsed = parseStsPolicy(policy({}, line), strict);
      const name = line.slice(0, line.indexOf(':'));
      const value = line.slice(line.indexOf(' ') + 1);
      expect(parsed).toMatchObject({
        ok: true,
        value: { ...plain, extensions: [{ name, value }] },
      });
      expect(parsed.issues).toMatchObject([{ code: 'field-unknown', severity: 'notice', line: 5 }]);
    },
  );

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype'])(
    'STS-3.2-22: a field named %s has no effect',
    (name) => {
      const parsed = parseStsPolicy(policy({}, `${name}: 1`, `${name}: 2`), strict);
      expect(parsed).toMatchObject({
        ok: true,
        value: { ...plain, extensions: [{ name, value: '1' }] },
      });
    },
  );

  it('STS-3.2-18: says what the key should have been', () => {
    const messages = parseStsPolicy(policy({ mode: 'Mode: enforce' })).issues.map(
      ({ message }) => message,
    );
    expect(messages.join('\n')).toContain('case matters: mode');
  });

  it('reports all issues of a text at once, in the order of its lines', () => {
    const body = 'version: 1\n\nmode: on\nmx: a b\nmx: ok.test.\nMAX_AGE: 1\nmode: none\njunk\n';
    expect(parseStsPolicy(body).issues.map(({ code, line }) => [code, line])).toEqual([
      ['max-age-missing', undefined],
      ['version-invalid', 1],
      ['line-blank', 2],
      ['mode-invalid', 3],
      ['label-characters', 4],
      ['mx-trailing-dot', 5],
      ['field-unknown', 6],
      ['field-duplicate', 7],
      ['line-syntax', 8],
    ]);
  });

  it('each issue quotes one line at most, in printable ASCII, and names its clause', () => {
    const body = `\u001b[2J\n${'x'.repeat(10_000)}\nmode: \u202e\nmx: é\n`;
    for (const { message, ref } of parseStsPolicy(body).issues) {
      expect(message).toMatch(/^[\x20-\x7e§]+$/);
      expect(message.length).toBeLessThan(600);
      expect(ref).toBe('RFC 8461 §3.2');
    }
  });
});

describe('parseStsPolicy, for any text', () => {
  const line = fc.oneof(
    fc.constantFrom(
      ...lines,
      'mode: none',
      'mode: testing',
      'max_age: 0',
      'mx: *.a.test',
      '',
      'x: y',
      'mx : a',
      'mx:',
    ),
    anyText,
  );
  const body = fc.array(line, { maxLength: 8 }).map((texts) => texts.join('\n'));

  it('never throws; a value is complete, a refusal has reasons', () => {
    fc.assert(
      fc.property(fc.oneof(body, anyText), (text) => {
        const parsed = parseStsPolicy(text);
        if (!parsed.ok) {
          expect(parsed.issues.some(({ severity }) => severity === 'error')).toBe(true);
          return;
        }
        const { mode, mx, maxAgeSeconds } = parsed.value;
        expect(mode === 'none' || mx.length > 0).toBe(true);
        expect(maxAgeSeconds >= 0 && maxAgeSeconds <= 31_557_600).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('what is accepted strictly is accepted as the same policy otherwise', () => {
    fc.assert(
      fc.property(body, (text) => {
        const parsed = parseStsPolicy(text, strict);
        if (parsed.ok) expect(parseStsPolicy(text)).toEqual(parsed);
      }),
    );
  });
});
