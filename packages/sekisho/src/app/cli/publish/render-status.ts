import type { DomainStatus, Gate } from '../../../publish/index.ts';
import type { PolicyVersion } from '../../../publish/store/index.ts';
import type { StatusAnswer } from '../../control/publish.ts';
import { showRemote, showSentence } from '../text/remote-text.ts';
import { formatTable } from '../text/table.ts';
import { formatDistance, formatMoment, formatTime } from '../text/time.ts';
import { describeCertificate } from './describe-certificate.ts';
import { formatMaxAge } from './max-age.ts';
import type { TextStyle } from '../text/style.ts';

type Fact = readonly [string, readonly string[]];

function describePolicy({ number, mode, maxAgeSeconds, mx, id }: PolicyVersion): string[] {
  return [
    `mode ${mode}, max_age ${formatMaxAge(maxAgeSeconds)}`,
    ...mx.map((pattern) => `mx ${showRemote(pattern)}`),
    `version ${String(number)}, id ${id}`,
  ];
}

function describeServed({ served, announced, domain }: DomainStatus, { nowMs }: TextStyle) {
  const since = announced?.announcedAtMs;
  const facts: Fact[] = [
    ['policy', served === undefined ? ['nothing is served'] : describePolicy(served)],
    [
      'announced',
      announced === undefined
        ? ['no: senders find no id']
        : [
            ...(announced.number === served?.number
              ? []
              : [`version ${String(announced.number)}, id ${announced.id}`]),
            ...(since === undefined ? [] : [`since ${formatMoment(since, nowMs)}`]),
            `by ${showRemote(announced.createdBy)}${announced.reason === undefined ? '' : `: ${showRemote(announced.reason)}`}`,
            ...(announced.overrides.length === 0
              ? []
              : [`overridden: ${announced.overrides.map((code) => showRemote(code)).join(', ')}`]),
          ],
    ],
  ];
  const { liveMx } = domain;
  if (liveMx === undefined) return facts;
  const hosts = liveMx.hosts.length === 0 ? ['none'] : liveMx.hosts.map((host) => showRemote(host));
  return [...facts, ['live MX', [...hosts, `seen ${formatDistance(liveMx.atMs, nowMs)}`]] as Fact];
}

function renderFacts(facts: readonly Fact[], { paint }: TextStyle): readonly string[] {
  const rows = facts.flatMap(([name, lines]) =>
    lines.map((line, index) => [index === 0 ? paint.dim(name) : '', line]),
  );
  return formatTable(rows).map((line) => `  ${line}`);
}

function renderChange({ domain }: DomainStatus, { nowMs, marks, paint }: TextStyle): string[] {
  const { change } = domain;
  if (change === undefined) return [];
  const { version, purpose, step, stepSinceMs, attempts, nextAttemptAtMs, problem } = change;
  const again =
    attempts === 0
      ? ''
      : `, tried ${attempts === 1 ? 'once' : `${String(attempts)} times`}, again ${formatDistance(Math.max(nowMs, nextAttemptAtMs), nowMs)}`;
  return [
    '',
    paint.strong(`Under way: version ${String(version)} (${purpose})`),
    `  ${marks.waiting} ${step}, since ${formatDistance(stepSinceMs, nowMs)}${again}`,
    ...(problem === undefined
      ? []
      : [
          `    ${showSentence(problem.message)}`,
          ...(problem.remedy === '' ? [] : [`    ${marks.remedy} ${showSentence(problem.remedy)}`]),
        ]),
  ];
}

const GATE_TITLES: Readonly<Record<Gate['code'], string>> = {
  'probes-clean': 'every MX host is fit for it',
  'mx-matched': 'every MX host is in the policy',
  'reports-clean': 'TLS reports show no failure',
  'nothing-pending': 'nothing is under way',
  'served-long': 'testing has lasted long enough',
};

function renderGate({ code, state, evidence, remedy }: Gate, style: TextStyle): string[] {
  const { marks, paint } = style;
  const mark = { open: marks.done, shut: marks.failed, unknown: marks.unknown }[state];
  const lines = evidence.map((line) => `      ${showSentence(line)}`);
  const hint = state !== 'open' && remedy !== undefined && remedy !== '';
  return [
    `  ${mark} ${GATE_TITLES[code]} ${paint.dim(`(${code})`)}`,
    ...lines,
    ...(hint ? [`      ${marks.remedy} ${showSentence(remedy)}`] : []),
  ];
}

function renderGates({ gates }: DomainStatus, style: TextStyle): string[] {
  if (gates.length === 0) return [];
  return [
    '',
    style.paint.strong('Between testing and enforce'),
    ...gates.flatMap((gate) => renderGate(gate, style)),
  ];
}

function renderHeld({ held }: DomainStatus, { nowMs, paint }: TextStyle): string[] {
  if (held.length === 0) return [];
  const rows = held.map(({ version, untilMs, senders }) => [
    `version ${String(version.number)}`,
    version.mode,
    untilMs === undefined ? 'while it is served' : `until ${formatMoment(untilMs, nowMs)}`,
    senders === 1 ? '1 sender seen' : `${String(senders)} senders seen`,
  ]);
  const lines = formatTable(rows).map((line) => `  ${line}`);
  return ['', paint.strong('Senders may hold'), ...lines];
}

/** Advice that the sections above do not give already. */
function listNews({ advice, domain, gates }: DomainStatus): readonly string[] {
  const shown = new Set([domain.change?.problem?.remedy, ...gates.map(({ remedy }) => remedy)]);
  return advice.filter(
    (line) => !shown.has(line) && !/^Version \d+ (waits|is on its way)/u.test(line),
  );
}

function renderNext(status: DomainStatus, { marks, paint }: TextStyle): string[] {
  const { advice, mayGoAtMs } = status;
  const going =
    mayGoAtMs === undefined || advice.some((line) => line.includes('must stay until'))
      ? []
      : [`Records and host may go on ${formatTime(mayGoAtMs)}.`];
  const lines = [...listNews(status), ...going].filter((line) => line !== '');
  if (lines.length === 0) return [];
  return [
    '',
    paint.strong('Next'),
    ...lines.map((line) => `  ${marks.remedy} ${showSentence(line)}`),
  ];
}

/** `publish status DOMAIN` */
export function renderStatus(status: StatusAnswer, style: TextStyle): string {
  const certificateFact: Fact = ['certificate', describeCertificate(status.certificate, style)];
  const lines = [
    style.paint.strong(status.domain.domain),
    ...renderFacts([...describeServed(status, style), certificateFact], style),
    ...renderChange(status, style),
    ...renderGates(status, style),
    ...renderHeld(status, style),
    ...renderNext(status, style),
  ];
  return `${lines.join('\n')}\n`;
}
