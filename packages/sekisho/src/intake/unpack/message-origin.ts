import { type Domain, parseDomain } from '@sekisho/spec';
import { parseHeaderValue } from './header-value.ts';
import { firstField, type MailHeader } from './read-header.ts';

/** What the header of a message says about a report in it. */
export interface MessageOrigin {
  /** Domain of the one address in the one `From` field; undefined where there are none or several. */
  readonly from?: Domain;
  /** `TLS-Report-Submitter` (RFC 8460 §5.3). */
  readonly submitter?: Domain;
  /** `TLS-Report-Domain` (RFC 8460 §5.3). */
  readonly policyDomain?: Domain;
  /** Its type or these fields say that it carries a report. */
  readonly isClaimed: boolean;
}

const LONGEST_FROM = 1000;
const NAME_AND_ADDRESS = /^(?:"(?:[^"\\]|\\.)*"\s*|[^"<>@,]*)<[^<>@\s",]+@([A-Za-z0-9.-]+)>$/;
const BARE_ADDRESS = /^[^<>@\s",;:()]+@([A-Za-z0-9.-]+)$/;

/** Reads them. Anything but one plain address is no `From` to hold a signature against. */
export function readOrigin(header: MailHeader): MessageOrigin {
  const from = readFrom(header);
  const submitter = readDomain(firstField(header, 'tls-report-submitter'));
  const policyDomain = readDomain(firstField(header, 'tls-report-domain'));
  const type = parseHeaderValue(firstField(header, 'content-type') ?? '');
  const isTyped = type.parameters.get('report-type')?.toLowerCase() === 'tlsrpt';
  return {
    ...(from === undefined ? {} : { from }),
    ...(submitter === undefined ? {} : { submitter }),
    ...(policyDomain === undefined ? {} : { policyDomain }),
    isClaimed: isTyped || policyDomain !== undefined,
  };
}

function readFrom(header: MailHeader): Domain | undefined {
  const fields = header.fields.filter(({ name }) => name === 'from');
  const [text = ''] = fields.map(({ value }) => value);
  if (fields.length !== 1 || text.length > LONGEST_FROM) return undefined;
  const match = NAME_AND_ADDRESS.exec(text) ?? BARE_ADDRESS.exec(text);
  return readDomain(match?.[1]);
}

function readDomain(text: string | undefined): Domain | undefined {
  const parsed = text === undefined ? undefined : parseDomain(text.trim());
  return parsed?.ok === true ? parsed.value : undefined;
}
