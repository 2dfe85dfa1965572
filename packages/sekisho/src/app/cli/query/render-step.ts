import { TLSRPT_MAP_NAME } from '../../../apply/index.ts';
import { formatTable } from '../text/table.ts';
import type { PlainStyle } from '../text/style.ts';
import { quoteRemote, showSentence } from '../text/remote-text.ts';
import { formatMoment } from '../text/time.ts';
import type { DecisionStep, KeptStep, NextHopStep, PostfixStep, Step } from './explanation.ts';
import { renderFetch } from './render-fetch.ts';
import { renderMx } from './render-mx.ts';
import { renderPolicy } from './render-policy.ts';
import { renderRecord } from './render-record.ts';

const LABELS: Readonly<Record<Step['step'], string>> = {
  'next-hop': 'Next hop',
  record: 'Record',
  kept: 'Kept',
  fetch: 'Fetch',
  policy: 'Policy',
  mx: 'MX',
  decision: 'Decision',
  postfix: 'Postfix',
};
const LABEL_WIDTH = 10;

function renderNextHop(step: NextHopStep, { paint }: PlainStyle): string[] {
  const { input, kind, policyDomain = '', port, issues } = step;
  switch (kind) {
    case 'domain':
      return input === policyDomain
        ? [`${paint.strong(policyDomain)}, the Policy Domain`]
        : [`${paint.strong(policyDomain)}, the Policy Domain, given as ${quoteRemote(input)}`];
    case 'smart-host': {
      const where = port === undefined ? '' : `, port ${String(port)}`;
      return [
        `${quoteRemote(input)} is a smart host${where}; its Policy Domain is ${paint.strong(policyDomain)} (RFC 8461 §3.4)`,
      ];
    }
    case 'address-literal':
      return [`${quoteRemote(input)} is an IP address`];
    case 'parent':
      return [`${quoteRemote(input)} stands for what is below a domain`];
    case 'invalid':
      return issues.map(({ message }) => paint.bad(showSentence(message)));
  }
}

const NOT_DUE: Readonly<Record<string, string>> = {
  'id-unchanged': 'the daemon would not fetch: the id is unchanged',
  'no-record': 'the daemon would not fetch: there is no record',
  'record-unusable': 'the daemon would not fetch: the record cannot be used',
  'dns-unavailable': 'the daemon would not fetch: the DNS does not answer',
  'held-back':
    'the daemon would not fetch: the last fetch of this id is less than five minutes ago',
};

function describeDaemon({ daemon }: KeptStep): string[] {
  if (daemon === undefined) return [];
  return [daemon.fetch ? 'the daemon would fetch' : (NOT_DUE[daemon.because] ?? daemon.because)];
}

function describeStore({ store, storeFile, problem = '' }: KeptStep): string {
  switch (store) {
    case 'open':
      return `nothing: ${storeFile} holds no policy`;
    case 'missing':
      return `nothing: there is no ${storeFile}`;
    case 'unreadable':
      return `unknown: ${showSentence(problem)}`;
  }
}

function renderKept(step: KeptStep, { nowMs, paint }: PlainStyle): string[] {
  const { policy, failure, checkedAt, usedAt, idIsUnchanged } = step;
  const moment = (iso: string): string => formatMoment(Date.parse(iso), nowMs);
  const rows: (readonly [string, string | undefined])[] = [
    ['policy', policy ? `${policy.mode ?? 'invalid'}, id ${policy.id}` : 'none'],
    ['fetched', policy && moment(policy.fetchedAt)],
    [
      'expires',
      policy && `${moment(policy.expiresAt)}${policy.isExpired ? ', so it is void' : ''}`,
    ],
    [
      'id',
      idIsUnchanged === undefined
        ? undefined
        : `${idIsUnchanged ? 'the same' : 'another'} as in the record`,
    ],
    ['id checked', checkedAt && moment(checkedAt)],
    ['last used', usedAt && moment(usedAt)],
    [
      'last failure',
      failure &&
        paint.careful(`${moment(failure.at)}: ${failure.code}, ${String(failure.count)} in a row`),
    ],
  ];
  const known = rows.flatMap(([name, value]) =>
    value === undefined ? [] : [[paint.dim(name), value]],
  );
  const nothing = policy === undefined && failure === undefined;
  return [
    ...(nothing ? [describeStore(step)] : []),
    ...(nothing ? [] : formatTable(known)),
    ...describeDaemon(step),
  ];
}

function renderDecision(step: DecisionStep, { nowMs, paint }: PlainStyle): string[] {
  const { kind, sentence, mode, id, expiresAt } = step;
  const colour =
    kind === 'policy' ? paint.good : kind === 'uncertain' ? paint.careful : paint.strong;
  const facts =
    kind === 'policy'
      ? [
          `mode ${mode ?? ''}, id ${id ?? ''}, until ${formatMoment(Date.parse(expiresAt ?? ''), nowMs)}`,
        ]
      : [];
  return [colour(sentence), ...facts];
}

function renderPostfix(step: PostfixStep, { paint }: PlainStyle): string[] {
  const { answers, version, isDaneProtected } = step;
  const dane =
    isDaneProtected === undefined
      ? []
      : [
          isDaneProtected
            ? 'DANE protects the domain and takes precedence (RFC 8461 §2)'
            : 'DANE does not protect the domain, so MTA-STS applies (RFC 8461 §2)',
        ];
  const lines = new Set(answers.map(({ line }) => line));
  if (lines.size === 1) {
    const maps = answers.map(({ map }) => paint.strong(map)).join(' and ');
    return [
      ...dane,
      `${maps} answer`,
      ...[...lines].map((line) => `  ${showSentence(line.trimEnd())}`),
    ];
  }
  const note = (map: string): string => (map === TLSRPT_MAP_NAME ? '3.10' : version);
  const each = answers.flatMap(({ map, line }) => [
    `${paint.strong(map)} answers, for Postfix ${note(map)} or newer`,
    `  ${showSentence(line.trimEnd())}`,
  ]);
  return [...dane, ...each];
}

function renderBody(step: Step, style: PlainStyle): readonly string[] {
  switch (step.step) {
    case 'next-hop':
      return renderNextHop(step, style);
    case 'record':
      return renderRecord(step, style);
    case 'kept':
      return renderKept(step, style);
    case 'fetch':
      return renderFetch(step, style);
    case 'policy':
      return renderPolicy(step, style);
    case 'mx':
      return renderMx(step, style);
    case 'decision':
      return renderDecision(step, style);
    case 'postfix':
      return renderPostfix(step, style);
  }
}

/** One step as text for a person: a label, and what was found beside it. */
export function renderStep(step: Step, style: PlainStyle): string {
  const label = LABELS[step.step];
  const [first = '', ...rest] = renderBody(step, style);
  const heading = `${style.paint.dim(label)}${' '.repeat(LABEL_WIDTH - label.length)}${first}`;
  const indent = ' '.repeat(LABEL_WIDTH);
  return `${[heading, ...rest.map((line) => `${indent}${line}`)].map((line) => line.trimEnd()).join('\n')}\n\n`;
}
