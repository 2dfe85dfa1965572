import { describe, expect, it } from 'vitest';
import { createMemoryLog } from '../io/log/index.ts';
import { createSettledResolver } from './adapters.ts';
import { loadSettings } from './config/index.ts';

describe('createSettledResolver', () => {
  it('logs why no resolvers could be read, in a field that no line has already', async () => {
    const environment = { HOME: '/h', SEKISHO_DNS_RESOLV_CONF: '/nowhere/resolv.conf' };
    const log = createMemoryLog();
    const resolver = createSettledResolver(loadSettings({ environment }).settings, log);
    await resolver.lookupTxt('example.test');
    resolver.close();
    const fields = log.entries.map((entry) => Object.keys(entry.fields));
    expect(fields).toEqual([['reason']]);
  });
});
