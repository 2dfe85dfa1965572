import { formatTable } from '../text/table.ts';
import { showRemote } from '../text/remote-text.ts';
import type { MxHost, MxStep } from './explanation.ts';
import { renderDns } from './render-record.ts';
import type { PlainStyle } from '../text/style.ts';

const MOST_HOSTS = 50;
/** With more patterns than these a column for each would not fit. */
const MOST_COLUMNS = 5;
const WIDEST_COLUMNS = 70;

const CONSEQUENCES: Readonly<Record<MxHost['consequence'], string>> = {
  try: '',
  skip: 'no pattern allows it: must get no mail',
  report: 'no pattern allows it: used, and reported',
  'no-demand': '',
};

function renderPatternTable({ patterns, hosts }: MxStep, { paint }: PlainStyle): readonly string[] {
  const heading = ['pref', 'host', ...patterns.map((pattern) => showRemote(pattern)), ''];
  const rows = hosts
    .slice(0, MOST_HOSTS)
    .map(({ preference, exchange, matches, consequence }) => [
      String(preference).padStart(4),
      showRemote(exchange),
      ...patterns.map((pattern) =>
        matches.includes(pattern) ? paint.good('yes') : paint.dim('-'),
      ),
      paint.bad(CONSEQUENCES[consequence]),
    ]);
  return formatTable([heading.map(paint.dim), ...rows]);
}

function renderMatchList({ patterns, hosts }: MxStep, { paint }: PlainStyle): readonly string[] {
  const heading = ['pref', 'host', patterns.length === 0 ? '' : 'matching pattern'];
  const rows = hosts
    .slice(0, MOST_HOSTS)
    .map(({ preference, exchange, matches, consequence }) => [
      String(preference).padStart(4),
      showRemote(exchange),
      matches.length > 0
        ? paint.good(showRemote(matches.join(' ')))
        : paint.bad(CONSEQUENCES[consequence]),
    ]);
  return formatTable([heading.map(paint.dim), ...rows]);
}

function isNarrow({ patterns }: MxStep): boolean {
  const width = patterns.reduce((sum, pattern) => sum + pattern.length + 2, 0);
  return patterns.length > 0 && patterns.length <= MOST_COLUMNS && width <= WIDEST_COLUMNS;
}

/** Seen with Postfix 3.7; `docs/postfix.md` tells the whole. */
const OLDER_POSTFIX =
  'Postfix before 3.10.5 contacts other hosts too: they get mail if their certificate names a host of the policy';

/** What the table means for mail, as a whole (RFC 8461 §4.1, §5). */
function renderVerdict({ mode, hosts, kind }: MxStep, { paint }: PlainStyle): string[] {
  if (mode === undefined || mode === 'none' || kind === 'unavailable' || kind === 'null') return [];
  const allowed = hosts.filter(({ matches }) => matches.length > 0).length;
  if (allowed === hosts.length)
    return [paint.good('every host is allowed by the policy (RFC 8461 §4.1)')];
  if (mode === 'testing')
    return [paint.careful('mail goes out all the same, in mode testing (RFC 8461 §5)')];
  const verdict =
    allowed > 0
      ? paint.careful('mail may go only to hosts that the policy allows (RFC 8461 §4.1)')
      : paint.bad('no host is allowed: all mail to the domain has to wait (RFC 8461 §4.1, §5)');
  return [verdict, paint.dim(OLDER_POSTFIX)];
}

const NOTES: Readonly<Record<MxStep['kind'], string>> = {
  records: '',
  implicit: 'no MX: the domain itself is the only host (RFC 5321 §5.1)',
  null: 'the domain takes no mail: null MX (RFC 7505)',
  unavailable: '',
  direct: 'a host in brackets has no MX lookup; the host itself must match',
};

/** The step about the MX hosts. */
export function renderMx(step: MxStep, style: PlainStyle): string[] {
  const table = isNarrow(step) ? renderPatternTable(step, style) : renderMatchList(step, style);
  const rest = step.hosts.length - MOST_HOSTS;
  const note = NOTES[step.kind];
  return [
    ...(step.dns === undefined ? [] : renderDns(step.dns, style.paint)),
    ...(note === '' ? [] : [note]),
    ...(step.hosts.length === 0 ? [] : table),
    ...(rest > 0 ? [`… and ${String(rest)} more`] : []),
    ...renderVerdict(step, style),
  ];
}
