import { describe, expect, it } from 'vitest';
import { openLog } from './open-log.ts';

function write(format: 'auto' | 'human' | 'json', isTTY: boolean, environment = {}): string {
  let written = '';
  const target = { isTTY, write: (line: string) => (written += line) };
  openLog({ level: 'info', format }, target, environment).info('ready', { a: 1 });
  return written;
}

describe('openLog', () => {
  it.each([
    ['auto', true, 'human'],
    ['auto', false, 'json'],
    ['human', false, 'human'],
    ['json', true, 'json'],
  ] as const)('%s, on a terminal: %s, writes %s', (format, isTTY, expected) => {
    expect(write(format, isTTY).startsWith('{')).toBe(expected === 'json');
  });

  it('colours only on a terminal that can, and never with NO_COLOR', () => {
    expect(write('auto', true)).toContain('\x1b[36minfo');
    expect(write('auto', true, { NO_COLOR: '1' })).not.toContain('\x1b');
    expect(write('auto', true, { TERM: 'dumb' })).not.toContain('\x1b');
    expect(write('human', false)).not.toContain('\x1b');
  });
});
