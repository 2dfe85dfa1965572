import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Alert,
  alertKey,
  type AlertRules,
  type AlertState,
  decideAlerts,
  type Findings,
} from './index.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const RULES = {
  daily: { severities: ['warning', 'error'], repeatMs: DAY },
  once: { severities: ['warning'], repeatMs: 'never' },
} as const satisfies AlertRules;

type Code = keyof typeof RULES;

const ALERT: Alert<Code> = {
  code: 'daily',
  subject: { domain: 'a.test' },
  severity: 'warning',
  message: 'm',
  remedy: 'r',
};
const { code, subject } = ALERT;
const END = { code, subject, message: 'all is well' };

type Look = (nowMs: number, findings: Partial<Findings<Code>>) => readonly AlertState<Code>[];

/** Looks one after the other, as a role does; each answers what there is to tell. */
function createLook(): Look {
  const told = new Map<string, AlertState<Code>>();
  return (nowMs, findings) => {
    const news = decideAlerts({ alerts: [], over: [], ...findings }, told, nowMs, RULES);
    for (const state of news) told.set(state.key, state);
    return news;
  };
}

describe('decideAlerts', () => {
  it('raises what is new, and says nothing of it while it stays the same', () => {
    const look = createLook();
    expect(look(0, { alerts: [ALERT] })).toEqual([
      {
        ...ALERT,
        key: 'daily a.test',
        kind: 'raised',
        heard: ['warning'],
        raisedAtMs: 0,
        toldAtMs: 0,
        toldTo: [],
        isDelivered: false,
      },
    ]);
    expect(look(HOUR, { alerts: [{ ...ALERT, message: 'other words' }] })).toEqual([]);
  });

  it('tells it again when it means something more, and not when it means something told before', () => {
    const look = createLook();
    const kinds = (alert: Partial<Alert<Code>>, nowMs: number) =>
      look(nowMs, { alerts: [{ ...ALERT, ...alert }] }).map(({ kind }) => kind);
    expect(kinds({ aspects: ['a'] }, 0)).toEqual(['raised']);
    expect(kinds({ aspects: ['b'] }, 1)).toEqual(['changed']);
    expect(kinds({ aspects: ['a', 'b'] }, 2)).toEqual([]);
    expect(kinds({ aspects: ['a'], severity: 'error' }, 3)).toEqual(['changed']);
    expect(kinds({ aspects: ['a'] }, 4)).toEqual([]);
  });

  it.each<[Code, readonly string[]]>([
    ['daily', ['repeated']],
    ['once', []],
  ])('repeats as the rules say: %s %j', (each, kinds) => {
    const look = createLook();
    const alerts = [{ ...ALERT, code: each }];
    look(0, { alerts });
    expect(look(DAY - 1, { alerts })).toEqual([]);
    expect(look(DAY, { alerts }).map(({ kind }) => kind)).toEqual(kinds);
    expect(look(DAY + 1, { alerts })).toEqual([]);
  });

  it('tells once that it is over, and raises it anew afterwards', () => {
    const look = createLook();
    expect(look(0, { over: [END] })).toEqual([]);
    look(1, { alerts: [ALERT] });
    const [over] = look(2, { over: [END] });
    expect(over).toMatchObject({
      kind: 'over',
      message: 'all is well',
      raisedAtMs: 1,
      endedAtMs: 2,
    });
    expect(over).not.toHaveProperty('remedy');
    expect(look(3, { over: [END] })).toEqual([]);
    expect(look(4, { alerts: [ALERT] })).toMatchObject([{ kind: 'raised', raisedAtMs: 4 }]);
  });

  it('takes what is found for standing, whatever says that it is over', () => {
    const look = createLook();
    look(0, { alerts: [ALERT] });
    expect(look(1, { alerts: [ALERT], over: [END] })).toEqual([]);
  });
});

const step = fc.record({
  sinceMs: fc.integer({ min: 0, max: 40 * HOUR }),
  seen: fc.constantFrom('found', 'over', 'unseen'),
  code: fc.constantFrom<Code>('daily', 'once'),
  severity: fc.constantFrom('warning', 'error'),
  aspects: fc.subarray(['a', 'b', 'c']),
});

describe('whatever is seen, in whatever order', () => {
  /** Every look with what was told after it. */
  const play = (steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) => {
    const look = createLook();
    let nowMs = 0;
    return steps.map((one) => {
      nowMs += one.sinceMs;
      const alert = { ...ALERT, code: one.code, severity: one.severity, aspects: one.aspects };
      const findings = {
        found: { alerts: [alert] },
        over: { over: [{ ...END, code: one.code }] },
        unseen: {},
      }[one.seen];
      const [news, ...more] = look(nowMs, findings);
      expect(more).toEqual([]);
      expect(look(nowMs, findings)).toEqual([]);
      return { ...one, nowMs, news };
    });
  };
  const ofCode = (all: ReturnType<typeof play>, wanted: Code) =>
    all.filter((one) => one.code === wanted);

  it('what is not seen is never told of, what is found never over, what is over never raised', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        for (const { seen, news } of play(steps)) {
          if (seen === 'unseen') expect(news).toBeUndefined();
          if (seen === 'found') expect(news?.kind).not.toBe('over');
          if (seen === 'over') expect(news?.kind ?? 'over').toBe('over');
        }
      }),
    );
  });

  it('begins with raised, ends with over, and has only changes and repetitions between', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const all = play(steps);
        for (const each of ['daily', 'once'] as const) {
          let isStanding = false;
          for (const { seen, news } of ofCode(all, each)) {
            if (seen === 'found' && !isStanding) expect(news?.kind).toBe('raised');
            if (seen === 'over') expect(news !== undefined).toBe(isStanding);
            if (news?.kind === 'changed' || news?.kind === 'repeated')
              expect(isStanding).toBe(true);
            if (news !== undefined) isStanding = news.kind !== 'over';
          }
        }
      }),
    );
  });

  it('never flickers: each meaning is told once between two repetitions', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let changes = 0;
        for (const { news } of ofCode(play(steps), 'once')) {
          changes = news?.kind === 'changed' ? changes + 1 : news === undefined ? changes : 0;
          // Two severities and three aspects, of which one severity was told when it was raised.
          expect(changes).toBeLessThanOrEqual(4);
        }
      }),
    );
  });

  it('is told at the latest at the first look after its time', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let toldAtMs: number | undefined;
        for (const { seen, nowMs, news } of ofCode(play(steps), 'daily')) {
          if (seen === 'found' && toldAtMs !== undefined && nowMs - toldAtMs >= DAY)
            expect(news).toBeDefined();
          if (news !== undefined) toldAtMs = news.kind === 'over' ? undefined : nowMs;
        }
      }),
    );
  });
});

describe('alertKey', () => {
  it.each([
    [{}, 'x'],
    [{ domain: 'a.test', mxHost: 'mx.a.test' }, 'x a.test mx.a.test'],
    [{ submitter: 'a b%20' }, 'x a%20b%2520'],
  ])('of %j is %j', (about, key) => expect(alertKey('x', about)).toBe(key));
});
