import { policyLines } from '@sekisho/spec';
import type { HistoryEntry, StoredDomain, StoredPolicy } from '../../../discover/store/index.ts';
import type { PlainStyle } from '../text/style.ts';
import { showRemote } from '../text/remote-text.ts';
import { formatTable } from '../text/table.ts';
import { formatDistance, formatMoment } from '../text/time.ts';
import { isExpired, readStoredPolicy } from './describe-stored.ts';

const MOST_LINES = 100;

/** The first line of `cache list`. */
export const LIST_HEADING = ['domain', 'mode', 'id', 'fetched', 'expires', 'note'];

function describeFailure({ failure }: StoredDomain, nowMs: number): string {
  if (failure === undefined) return '';
  const times = failure.count === 1 ? '' : `, ${String(failure.count)} times`;
  return `last fetch failed ${formatDistance(failure.atMs, nowMs)}: ${failure.code}${times}`;
}

/** One line of `cache list`. */
export function toListRow(domain: StoredDomain, { nowMs, paint }: PlainStyle): string[] {
  const { policyDomain, policy } = domain;
  const failure = describeFailure(domain, nowMs);
  if (policy === undefined) return [policyDomain, '-', '-', '-', '-', paint.careful(failure)];
  const notes = [...(isExpired(policy, nowMs) ? ['expired'] : []), failure];
  return [
    policyDomain,
    readStoredPolicy(policy)?.mode ?? 'invalid',
    policy.id,
    formatDistance(policy.fetchedAtMs, nowMs),
    formatDistance(policy.expiresAtMs, nowMs),
    paint.careful(notes.filter((note) => note !== '').join('; ')),
  ];
}

function renderBody(body: string, indent: string): string[] {
  const lines = policyLines(body);
  const shown = lines.slice(0, MOST_LINES).map((line) => `${indent}${showRemote(line)}`);
  const rest = lines.length - shown.length;
  return rest > 0 ? [...shown, `${indent}… and ${String(rest)} more lines`] : shown;
}

function describePolicy(policy: StoredPolicy, nowMs: number): (string | undefined)[][] {
  const { certificateNotAfterMs } = policy;
  return [
    ['id', policy.id],
    ['mode', readStoredPolicy(policy)?.mode ?? 'invalid'],
    ['fetched', formatMoment(policy.fetchedAtMs, nowMs)],
    ['from', policy.fetchedFrom],
    [isExpired(policy, nowMs) ? 'expired' : 'expires', formatMoment(policy.expiresAtMs, nowMs)],
    ['next fetch', formatMoment(policy.refreshAtMs, nowMs)],
    [
      'certificate',
      certificateNotAfterMs === undefined
        ? undefined
        : `ends ${formatMoment(certificateNotAfterMs, nowMs)}`,
    ],
  ];
}

function optionalMoment(atMs: number | undefined, nowMs: number): string | undefined {
  return atMs === undefined ? undefined : formatMoment(atMs, nowMs);
}

/** `cache show` */
export function renderDomain(domain: StoredDomain, { nowMs, paint }: PlainStyle): string {
  const { policy, checkedAtMs, usedAtMs } = domain;
  const failure = describeFailure(domain, nowMs);
  const facts = [
    ...(policy === undefined ? [['policy', 'none']] : describePolicy(policy, nowMs)),
    ['id checked', optionalMoment(checkedAtMs, nowMs)],
    ['last used', optionalMoment(usedAtMs, nowMs)],
    ['failure', failure === '' ? undefined : paint.careful(failure)],
  ].flatMap(([name = '', value]) => (value === undefined ? [] : [[paint.dim(name), value]]));
  const body = policy === undefined ? [] : ['', ...renderBody(policy.body, '  ')];
  return `${[paint.strong(domain.policyDomain), ...formatTable(facts), ...body].join('\n')}\n`;
}

const REASONS: Readonly<Record<string, string>> = {
  'new-id': 'the domain announced a new id',
  'body-changed': 'the text changed under the same id',
  expired: 'it expired',
  purged: 'an operator purged it',
};

function describeState(entry: HistoryEntry, { nowMs, paint }: PlainStyle): string {
  const { replacedAtMs, replacedBecause = '', expiresAtMs } = entry;
  if (replacedAtMs !== undefined)
    return `until ${formatMoment(replacedAtMs, nowMs)}: ${REASONS[replacedBecause] ?? replacedBecause}`;
  return isExpired(entry, nowMs)
    ? paint.careful(`expired ${formatMoment(expiresAtMs, nowMs)}`)
    : paint.good('in force');
}

function renderEntry(entry: HistoryEntry, { nowMs, paint }: PlainStyle): string[] {
  const state = describeState(entry, { nowMs, paint });
  const facts = [
    ['first fetched', formatMoment(entry.fetchedAtMs, nowMs)],
    ['last fetched', formatMoment(entry.lastFetchedAtMs, nowMs)],
  ].map(([name = '', value = '']) => [paint.dim(name), value]);
  const heading = `${paint.strong(`id ${entry.id}`)}  ${state}`;
  return [heading, ...formatTable(facts), ...renderBody(entry.body, '  '), ''];
}

/** `cache history` */
export function renderHistory(entries: readonly HistoryEntry[], style: PlainStyle): string {
  return entries
    .flatMap((entry) => renderEntry(entry, style))
    .map((line) => `${line}\n`)
    .join('');
}
