import { describe, expect, it } from 'vitest';
import { IoError } from '../../../io/error.ts';
import { createLog, createMemoryLog } from '../../../io/log/index.ts';
import { createForwardingLog, writeForwarded } from './forwarding-log.ts';

describe('createForwardingLog', () => {
  it('lets events be written elsewhere as if nothing were between', () => {
    const lines: string[] = [];
    const stream = { write: (line: string) => lines.push(line) };
    const near = createLog({ stream, format: 'json', now: () => 0 });
    const far = createForwardingLog('info', (event) =>
      writeForwarded(near, structuredClone(event)),
    );
    const error = new IoError('store-unwritable', 'the disk is full', { temporary: true });
    for (const log of [near, far]) {
      log.error('state could not be kept', { domain: 'a.test', error });
      log.info('policy learnt', { domain: 'a.test' });
      log.warn('odd');
    }
    expect(lines.slice(3)).toEqual(lines.slice(0, 3));
    expect(lines[0]).toContain('"code":"store-unwritable"');
  });

  it('forwards nothing that would not be written', () => {
    const memory = createMemoryLog();
    const log = createForwardingLog('warn', (event) => writeForwarded(memory, event));
    log.debug('debug');
    log.info('info');
    log.warn('warn');
    log.error('error');
    expect(memory.entries.map(({ event }) => event)).toEqual(['warn', 'error']);
  });
});
