import { formatStsRecord, selectStsRecord, stsRecordName } from '@sekisho/spec';
import { type AuthorityLookup, judgeLookup } from '../../io/authorities/index.ts';
import { escapeText } from '../../io/log/index.ts';
import type { Change, PolicyVersion } from '../store/index.ts';
import { replaceRecord } from './announce-id.ts';
import { recordEvent } from './chronicle.ts';
import { isSilenceOver } from './patience.ts';
import type { Workshop } from './rollout-options.ts';
import type { Mishap, StepOutcome } from './step-outcome.ts';

/** The id that these TXT records announce, when it is exactly one (RFC 8461 §3.1). */
export function announcedId(texts: readonly string[]): string | undefined {
  const found = selectStsRecord(texts);
  return found.kind === 'record' ? found.record.id : undefined;
}

/**
 * Step `confirm`: every authoritative server shows exactly this id. Where one does not, the record is sent again, which
 * changes nothing where it is right: another hand may have put the former one back.
 */
export async function confirmId(
  workshop: Workshop,
  change: Change,
  version: PolicyVersion,
): Promise<StepOutcome> {
  const { authorities, clock, signal } = workshop;
  const lookup = await authorities.lookupTxt(stsRecordName(version.domain), { signal });
  if (lookup.kind === 'failure') {
    const { code, message } = lookup;
    const remedy = `The zone of ${version.domain} and its name servers must be found in the DNS.`;
    return { kind: 'failed', mishap: { code: `dns-${code}`, message, remedy } };
  }
  const verdict = judgeLookup(lookup.answers, ({ records }) => announcedId(records) === version.id);
  switch (verdict.kind) {
    case 'shown':
      workshop.alerts.end({
        code: 'name-servers-silent',
        subject: { domain: version.domain },
        message: 'Every name server answers and shows the new id.',
      });
      return { kind: 'moved', move: 'confirmed' };
    case 'shown-so-far':
      if (!isSilenceOver(change, clock.now()))
        return {
          kind: 'failed',
          mishap: silence(verdict.silent, 'They are waited for, an hour at most.'),
        };
      await tellSilent(workshop, version, silence(verdict.silent, ''));
      return { kind: 'moved', move: 'confirmed' };
    case 'silence':
      return { kind: 'failed', mishap: silence(verdict.silent, 'Let the name servers answer.') };
    case 'not-shown': {
      const isByHand = (await replaceRecord(workshop, version)).kind === 'by-hand';
      return { kind: 'failed', mishap: notShown(version, lookup, verdict.by, isByHand) };
    }
  }
}

/** A secondary that comes back with the former record leads senders to fetch the text that is served, no more. */
async function tellSilent(
  workshop: Workshop,
  { domain, number }: PolicyVersion,
  { code, message }: Mishap,
): Promise<void> {
  workshop.log.warn('name servers are done without', { domain, code, message });
  workshop.alerts.raise({
    code: 'name-servers-silent',
    subject: { domain },
    severity: 'warning',
    message: `${message} The change was carried out without them.`,
    remedy: 'Let the name servers answer, or take them out of the delegation.',
    aspects: [`version ${String(number)}`],
  });
  await recordEvent(workshop, domain, { code: 'servers-silent', message });
}

function silence(silent: readonly { readonly message: string }[], remedy: string): Mishap {
  const message = silent.map((each) => each.message).join('; ');
  return { code: 'dns-silent', message: `Some name servers do not answer: ${message}.`, remedy };
}

const MOST_SHOWN = 4;

type Asked = Extract<AuthorityLookup, { readonly kind: 'asked' }>;

function notShown(
  { id }: PolicyVersion,
  { name, answers }: Asked,
  by: readonly {
    readonly server: string;
    readonly result: { readonly records: readonly string[] };
  }[],
  isByHand: boolean,
): Mishap {
  const record = formatStsRecord({ id });
  const servers = [...new Set(by.map(({ server }) => escapeText(server)))].join(', ');
  const [first] = by;
  const shown = describeShown(first?.result.records ?? []);
  const message = `${by.length} of ${answers.length} answers of name servers (${servers}) show ${shown} at ${escapeText(name)}, must show "${record}".`;
  return isByHand
    ? {
        code: 'enter-by-hand',
        message,
        remedy: `Enter the TXT record ${record} at ${escapeText(name)}, in place of every other that begins with v=STSv1.`,
      }
    : {
        code: 'not-yet-shown',
        message,
        remedy: 'Name servers take the zone over by and by; see to those that do not.',
      };
}

/** Several records count as none (RFC 8461 §3.1), even if one of them is right: all must be seen. */
function describeShown(records: readonly string[]): string {
  const shown = records.filter((text) => text.startsWith('v=STSv1'));
  if (shown.length === 0) return 'no MTA-STS record';
  return shown
    .slice(0, MOST_SHOWN)
    .map((text) => `"${escapeText(text).slice(0, 300)}"`)
    .join(' and ');
}
