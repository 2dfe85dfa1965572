import {
  type Alert,
  alertKey,
  type AlertRules,
  type AlertState,
  type EndedAlert,
  type Findings,
} from './alert.ts';

/**
 * What there is to tell after a look. An alert is raised when it does not stand yet, told again when it means something
 * that was not told since it was raised or repeated last, repeated after its time, and ended once when it was seen to be
 * over. What goes back and forth between meanings is told of each of them once.
 *
 * @param told what stands, by key; one that has ended counts as none.
 * @returns the next state of each alert that there is news of.
 */
export function decideAlerts<Code extends string>(
  findings: Findings<Code>,
  told: ReadonlyMap<string, AlertState<Code>>,
  nowMs: number,
  rules: AlertRules<Code>,
): readonly AlertState<Code>[] {
  const found = new Map(findings.alerts.map((alert) => [keyOf(alert), alert]));
  const over = new Map(findings.over.map((ended) => [keyOf(ended), ended]));
  const standing = (key: string): AlertState<Code> | undefined => {
    const state = told.get(key);
    return state?.endedAtMs === undefined ? state : undefined;
  };
  const news = [...found].map(([key, alert]) =>
    decideFound(key, alert, standing(key), nowMs, rules[alert.code].repeatMs),
  );
  const ended = [...over].map(([key, end]) =>
    found.has(key) ? undefined : decideOver(end, standing(key), nowMs),
  );
  return [...news, ...ended].filter((state) => state !== undefined);
}

function keyOf({ code, subject }: Pick<Alert, 'code' | 'subject'>): string {
  return alertKey(code, subject);
}

function decideFound<Code extends string>(
  key: string,
  { aspects = [], ...alert }: Alert<Code>,
  former: AlertState<Code> | undefined,
  nowMs: number,
  repeatMs: number | 'never',
): AlertState<Code> | undefined {
  const meant = [alert.severity, ...aspects];
  const fresh = { ...alert, key, toldAtMs: nowMs, toldTo: [], isDelivered: false };
  if (former === undefined)
    return { ...fresh, kind: 'raised', heard: [...new Set(meant)], raisedAtMs: nowMs };
  const { heard, raisedAtMs } = former;
  const isNew = !meant.every((aspect) => heard.includes(aspect));
  const isDue = repeatMs !== 'never' && Math.abs(nowMs - former.toldAtMs) >= repeatMs;
  if (!isNew && !isDue) return undefined;
  return {
    ...fresh,
    kind: isNew ? 'changed' : 'repeated',
    heard: [...new Set(isDue ? meant : [...heard, ...meant])],
    raisedAtMs,
  };
}

function decideOver<Code extends string>(
  { message }: EndedAlert<Code>,
  former: AlertState<Code> | undefined,
  nowMs: number,
): AlertState<Code> | undefined {
  if (former === undefined) return undefined;
  const { remedy: _past, ...state } = former;
  return {
    ...state,
    kind: 'over',
    message,
    toldAtMs: nowMs,
    endedAtMs: nowMs,
    toldTo: [],
    isDelivered: false,
  };
}
