import type { Domain } from '@sekisho/spec';
import {
  type ComparedRecord,
  type Finding,
  formatZoneLines,
  toFormRows,
  type WantedRecord,
} from '../../../publish/index.ts';
import type { TextStyle } from '../text/style.ts';
import { showSentence } from '../text/remote-text.ts';
import { formatTable } from '../text/table.ts';

const PURPOSES: Readonly<Record<WantedRecord['purpose'], string>> = {
  signalling: 'that there is a policy, and which (RFC 8461 §3.1)',
  host: 'where the policy is found',
  reports: 'where TLS reports go (RFC 8460 §3)',
  issuer: 'who may issue certificates, needed where there are other CAA records',
};

const VERDICTS: Readonly<Record<Finding['kind'], string>> = {
  right: 'right',
  missing: 'missing',
  different: 'different',
  unknown: 'unknown',
};

function describeFinding(finding: Finding, { paint, marks }: TextStyle): string[] {
  const found = finding.kind === 'different' ? finding.found : [];
  const note = finding.note === undefined ? '' : `: ${showSentence(finding.note)}`;
  const colour = {
    right: paint.good,
    missing: paint.bad,
    different: paint.bad,
    unknown: paint.careful,
  };
  const mark = {
    right: marks.done,
    missing: marks.failed,
    different: marks.failed,
    unknown: marks.unknown,
  };
  return [
    `${mark[finding.kind]} ${colour[finding.kind](VERDICTS[finding.kind])}${note}`,
    ...found.map((text) => `  found: ${showSentence(text)}`),
  ];
}

function titleOf({ purpose, keeper }: WantedRecord): string {
  return `${PURPOSES[purpose]}${keeper === 'us' ? '; kept by the service' : ''}`;
}

function renderRecord(
  { record, finding }: ComparedRecord,
  former: ComparedRecord | undefined,
  style: TextStyle,
): string[] {
  const title = titleOf(record);
  const isNew = former === undefined || titleOf(former.record) !== title;
  return [
    ...(isNew ? ['', style.paint.dim(title)] : []),
    ...formatZoneLines([record]).map((line) => `  ${line}`),
    ...describeFinding(finding, style).map((line) => `  ${line}`),
  ];
}

/** Each record as a line of a zone file, with what it is for and whether it is there. */
export function renderRecords(
  domain: Domain,
  compared: readonly ComparedRecord[],
  notes: readonly string[],
  style: TextStyle,
): string {
  const lines = [
    style.paint.strong(domain),
    ...compared.flatMap((one, index) => renderRecord(one, compared[index - 1], style)),
    '',
    ...notes.map((note) => `${style.marks.remedy} ${note}`),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** What is not right yet, as rows of a web form. */
export function renderForm(
  compared: readonly ComparedRecord[],
  zone: Domain,
  style: TextStyle,
): string {
  const records = compared.map(({ record }) => record);
  const rows = toFormRows(records, zone).map(({ host, type, value, ttlSeconds }, index) => [
    host,
    type,
    value,
    String(ttlSeconds),
    VERDICTS[compared[index]?.finding.kind ?? 'unknown'],
  ]);
  const heading = ['host', 'type', 'value', 'TTL', 'now'].map(style.paint.dim);
  return `${formatTable([heading, ...rows]).join('\n')}\n`;
}
