import type { PolicyVersion, PublishEvent } from '../../../publish/store/index.ts';
import type { HistoryAnswer } from '../../control/publish.ts';
import { showRemote, showSentence } from '../text/remote-text.ts';
import { formatTable } from '../text/table.ts';
import { formatMoment, formatTime } from '../text/time.ts';
import { describeVersion } from './describe-version.ts';
import type { TextStyle } from '../text/style.ts';

function renderVersion(version: PolicyVersion, { nowMs, paint }: TextStyle): string[] {
  const { number, id, createdBy, createdAtMs, reason, overrides } = version;
  const { servedFromMs, servedUntilMs, announcedAtMs } = version;
  const moment = (atMs: number | undefined) =>
    atMs === undefined ? undefined : formatMoment(atMs, nowMs);
  const facts = [
    ['ordered', `${formatMoment(createdAtMs, nowMs)} by ${showRemote(createdBy)}`],
    ['reason', reason === undefined ? undefined : showRemote(reason)],
    [
      'overridden',
      overrides.length === 0 ? undefined : overrides.map((code) => showRemote(code)).join(', '),
    ],
    ['served from', moment(servedFromMs)],
    ['served until', moment(servedUntilMs)],
    ['announced', moment(announcedAtMs) ?? 'never'],
  ].flatMap(([name = '', value]) => (value === undefined ? [] : [[paint.dim(name), value]]));
  return [
    `${paint.strong(`version ${String(number)}`)}  id ${id}`,
    `  ${describeVersion(version)}`,
    ...formatTable(facts).map((line) => `  ${line}`),
    '',
  ];
}

function toEventRow({ atMs, code, by, message }: PublishEvent, { paint }: TextStyle): string[] {
  return [paint.dim(formatTime(atMs)), code, showRemote(by), showSentence(message)];
}

/** `publish history DOMAIN`: the policies, newest first, then what was done and found. */
export function renderHistory({ versions, events }: HistoryAnswer, style: TextStyle): string {
  const rows = events.map((event) => toEventRow(event, style));
  const lines = [
    ...versions.flatMap((version) => renderVersion(version, style)),
    ...(rows.length === 0
      ? []
      : [style.paint.strong('What was done and found'), ...formatTable(rows)]),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
