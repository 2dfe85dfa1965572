import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { IoError } from '../error.ts';
import { createLog, createMemoryLog, escapeText, type CreateLogOptions } from './index.ts';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function lines(options: Omit<CreateLogOptions, 'stream'>) {
  const written: string[] = [];
  const stream = { write: (line: string) => written.push(line) };
  return { log: createLog({ now: () => AT_MS, ...options, stream }), written };
}

describe('createLog', () => {
  it('writes one JSON object a line', () => {
    const { log, written } = lines({ format: 'json' });
    log.info('policy fetched', { domain: 'example.com', durationMs: 12, missing: undefined });
    expect(written).toEqual([
      '{"level":"info","time":"2026-01-02T03:04:05.678Z","domain":"example.com","durationMs":12,"msg":"policy fetched"}\n',
    ]);
  });

  it('writes one line for a person', () => {
    const { log, written } = lines({ format: 'human' });
    log.warn('policy cannot be fetched', {
      domain: 'example.com',
      reason: 'status is 404',
      tries: 2,
    });
    expect(written[0]?.replace(/^[\d:.]{12} /u, '')).toBe(
      'warn  policy cannot be fetched domain=example.com reason="status is 404" tries=2\n',
    );
  });

  it.each(['json', 'human'] as const)('drops what is below the level (%s)', (format) => {
    const { log, written } = lines({ format, level: 'warn' });
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    expect(written).toHaveLength(2);
  });

  it('writes the message and code of an error', () => {
    const error = Object.assign(new Error('disk full'), { code: 'ENOSPC' });
    const json = lines({ format: 'json' });
    json.log.error('store failed', { error });
    expect(JSON.parse(json.written[0] ?? '')).toMatchObject({
      error: { message: 'disk full', code: 'ENOSPC' },
    });
    const human = lines({ format: 'human' });
    human.log.error('store failed', { error });
    expect(human.written[0]).toContain('error="disk full (ENOSPC)"');
  });

  it('shows a stack trace only of a defect', () => {
    const { log, written } = lines({ format: 'json' });
    const world = new IoError('store-unwritable', 'Cannot write', { temporary: false });
    log.error('store failed', { error: world });
    log.error('store failed', { error: new TypeError('no function') });
    const [first, second] = written.map((line) => (JSON.parse(line) as { error: object }).error);
    expect(first).toEqual({ code: 'store-unwritable', message: 'Cannot write' });
    expect(second).toHaveProperty('stack');
  });

  it('treats the event as text, never as a format', () => {
    const { log, written } = lines({ format: 'json' });
    log.info('100%s %d', { a: 1 });
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ msg: '100%s %d', a: 1 });
  });

  it.each(['json', 'human'] as const)('lets no text of others act on a terminal (%s)', (format) => {
    const { log, written } = lines({ format });
    const remote = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(remote, remote, (text, other) => {
        written.length = 0;
        log.error('seen', { text, list: [other] });
        expect(written).toHaveLength(1);
        expect(written[0]).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*\n$/u);
      }),
    );
  });

  it('escapes in JSON without changing what it means', () => {
    const { log, written } = lines({ format: 'json' });
    log.info('seen', { text: 'a\u202eb\x9bc\u{e0041}' });
    expect(written[0]).toContain('a\\u202eb\\u009bc\\udb40\\udc41');
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ text: 'a\u202eb\x9bc\u{e0041}' });
  });
});

describe('escapeText', () => {
  it.each([
    ['plain ümlaut 日本', 'plain ümlaut 日本'],
    ['a\nb\tc\r', 'a\\nb\\tc\\r'],
    ['\x1b[31mred\x9b0m', '\\x1b[31mred\\x9b0m'],
    ['a\u202Eb\u200Bc\u2028', 'a\\u{202e}b\\u{200b}c\\u{2028}'],
    ['back\\slash', 'back\\\\slash'],
    ['\ud800', '\\u{d800}'],
  ])('%j', (text, expected) => {
    expect(escapeText(text)).toBe(expected);
  });
});

describe('createMemoryLog', () => {
  it('keeps every event', () => {
    const log = createMemoryLog();
    log.debug('looked up', { domain: 'example.com' });
    expect(log.entries).toEqual([
      { level: 'debug', event: 'looked up', fields: { domain: 'example.com' } },
    ]);
  });
});
