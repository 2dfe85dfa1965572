import { describe, expect, it } from 'vitest';
import { judgeLookup } from '../authorities/index.ts';
import { createFakeZone } from './fake-zone.ts';

const NAME = '_mta-sts.example.test';
const change = (text: string | undefined) => ({
  name: NAME,
  ttlSeconds: 300,
  startsWith: 'v=STSv1',
  text,
});

async function verdictOf({ authorities }: ReturnType<typeof createFakeZone>, text: string) {
  const lookup = await authorities.lookupTxt(NAME);
  if (lookup.kind === 'failure') return lookup.code;
  return judgeLookup(lookup.answers, ({ records }) => records.includes(text)).kind;
}

describe('createFakeZone', () => {
  it('replaces ours and leaves others, for every reader', async () => {
    const zone = createFakeZone();
    zone.setTxt(NAME, ['v=STSv1; id=1;', 'other']);
    expect(await zone.updater.replaceTxt(change('v=STSv1; id=2;'))).toEqual({ kind: 'done' });
    expect(zone.readTxt('_MTA-STS.example.test')).toEqual(['other', 'v=STSv1; id=2;']);
    expect(await zone.resolver.lookupTxt(NAME)).toMatchObject({
      records: ['other', 'v=STSv1; id=2;'],
    });
    expect(await verdictOf(zone, 'v=STSv1; id=2;')).toBe('shown');
    await zone.updater.replaceTxt(change(undefined));
    expect(zone.readTxt(NAME)).toEqual(['other']);
    expect(zone.changes).toHaveLength(2);
  });

  it('shows what lags, what is down, and what cannot be found', async () => {
    const zone = createFakeZone();
    zone.lag('192.0.2.53');
    await zone.updater.replaceTxt(change('v=STSv1; id=1;'));
    expect(await verdictOf(zone, 'v=STSv1; id=1;')).toBe('not-shown');
    zone.catchUp('192.0.2.53');
    zone.failServer('2001:db8::53', 'timeout');
    expect(await verdictOf(zone, 'v=STSv1; id=1;')).toBe('shown-so-far');
    zone.failServer('192.0.2.53', 'servfail');
    expect(await verdictOf(zone, 'v=STSv1; id=1;')).toBe('silence');
    zone.failServer('192.0.2.53', undefined);
    zone.failServer('2001:db8::53', undefined);
    expect(await verdictOf(zone, 'v=STSv1; id=1;')).toBe('shown');
    zone.hide(true);
    expect(await verdictOf(zone, 'v=STSv1; id=1;')).toBe('zone-not-found');
  });

  it('answers updates as told, and changes nothing then', async () => {
    const zone = createFakeZone();
    zone.answerUpdates({ kind: 'by-hand' });
    expect(await zone.updater.replaceTxt(change('v=STSv1; id=1;'))).toEqual({ kind: 'by-hand' });
    expect(zone.readTxt(NAME)).toEqual([]);
    zone.answerUpdates(undefined);
    await zone.updater.replaceTxt(change('v=STSv1; id=1;'));
    zone.setTxt(NAME, []);
    expect(await zone.resolver.lookupTxt(NAME)).toMatchObject({ rcode: 'NXDOMAIN' });
  });
});
