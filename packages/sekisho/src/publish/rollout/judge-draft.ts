import { escapeText } from '../../io/log/index.ts';
import type { PolicyVersion } from '../store/index.ts';
import type { Gate } from '../gates/gate.ts';
import { unmatchedHosts } from '../migration/index.ts';
import { findTraps } from '../presets/index.ts';
import type { Draft } from './draft.ts';
import type { LiveMx } from '../gates/live-mx.ts';
import type { Objection, Order } from './rollout.ts';

const DAY_SECONDS = 86_400;

/** Who orders what the configuration declares. */
export const CONFIGURATION = 'configuration';

/** What is known of a domain when a draft is judged. */
export interface Standing {
  readonly live: LiveMx;
  readonly versions: readonly PolicyVersion[];
  readonly announced: PolicyVersion | undefined;
  /** Of the announced version, where the draft leads to `enforce`. */
  readonly gates: readonly Gate[];
}

/** Everything that speaks against announcing a valid draft; each of these can be overridden. */
export function judgeDraft(draft: Draft, standing: Standing): readonly Objection[] {
  return [
    ...judgeAge(draft),
    ...(draft.mode === 'none' ? [] : judgeMx(draft, standing.live)),
    ...(leadsToEnforce(draft, standing.announced) ? judgeCourse(standing) : []),
  ];
}

/** Whether the draft enforces and the announced version does not: only then the gates count. */
export function leadsToEnforce(draft: Draft, announced: PolicyVersion | undefined): boolean {
  return draft.mode === 'enforce' && announced?.mode !== 'enforce';
}

/**
 * Whether the configuration asks again for what a person has replaced since: a rollback at night must not be undone by
 * a restart. A declaration that has changed since is another matter.
 *
 * @param versions newest first.
 */
export function judgeOverruling(
  body: string,
  { by }: Pick<Order, 'by'>,
  versions: readonly PolicyVersion[],
): readonly Objection[] {
  if (by !== CONFIGURATION) return [];
  const declared = versions.find(({ createdBy }) => createdBy === CONFIGURATION);
  const [newest] = versions;
  const isOver = newest !== undefined && newest.createdBy !== CONFIGURATION;
  if (!isOver || declared?.body !== body) return [];
  const message = `The configuration asks for version ${declared.number} again, which ${newest.createdBy} has replaced by version ${newest.number} since.`;
  const remedy =
    'Bring the configuration up to date, or order its policy by "sekisho publish set".';
  return [{ code: 'overruled', message, remedy, canOverride: true }];
}

function judgeAge({ mode, maxAgeSeconds }: Draft): readonly Objection[] {
  if (mode === 'none' || maxAgeSeconds >= DAY_SECONDS) return [];
  const message = `max_age is ${maxAgeSeconds}; under a day (${DAY_SECONDS}) a policy gives little protection (RFC 8461 §3.2).`;
  return [doubt('max-age-short', message, 'Give a day or more; weeks are expected.')];
}

function judgeMx({ mode, mx }: Draft, live: LiveMx): readonly Objection[] {
  if (live.kind === 'unknown') {
    const message = `The MX hosts could not be looked up, so the mx cannot be compared: ${live.message}.`;
    return [doubt('mx-unknown', message, 'Try again when the DNS answers.')];
  }
  if (live.kind === 'null') {
    const message = 'The domain takes no mail: it has a null MX (RFC 7505).';
    return [doubt('mx-null', message, 'Publish MX records first, or no policy.')];
  }
  const unmatched = unmatchedHosts(mx, live.hosts);
  const named = unmatched.map(escapeText).join(', ');
  const traps = findTraps(mx, live.hosts);
  const because = traps.map(({ message }) => ` ${message}`).join('');
  const remedies = traps.map(({ pattern, instead }) => `Write ${instead} in place of ${pattern}.`);
  if (unmatched.length === live.hosts.length) {
    const message = `No mx matches any live MX host: the policy has ${mx.join(', ')}, the DNS has ${named}.${because}`;
    const remedy = remedies.length > 0 ? remedies.join(' ') : 'Name the hosts of the MX records.';
    return [doubt('mx-matches-none', message, remedy)];
  }
  if (unmatched.length === 0 || mode !== 'enforce') return [];
  const message = `No mx matches ${named}; in enforce, mail is not delivered to it (RFC 8461 §5).${because}`;
  const remedy =
    remedies.length > 0
      ? remedies.join(' ')
      : 'Add it to the mx, or take it out of the MX records.';
  return [doubt('mx-unmatched', message, remedy)];
}

function judgeCourse({ versions, gates }: Standing): readonly Objection[] {
  return [...judgePast(versions), ...judgeGates(gates)];
}

function judgePast(versions: readonly PolicyVersion[]): readonly Objection[] {
  const wasTested = versions.some(
    ({ mode, announcedAtMs }) => mode === 'testing' && announcedAtMs !== undefined,
  );
  if (wasTested) return [];
  const message =
    'No policy of this domain was ever announced in testing; what enforce would break is not known.';
  return [doubt('never-tested', message, 'Publish in testing first, for two weeks at least.')];
}

function judgeGates(gates: readonly Gate[]): readonly Objection[] {
  return gates
    .filter(({ state }) => state === 'shut')
    .map(({ code, evidence, remedy = 'See the evidence.' }) =>
      doubt(`gate-${code}`, evidence.join(' '), remedy),
    );
}

function doubt(code: Objection['code'], message: string, remedy: string): Objection {
  return { code, message, remedy, canOverride: true };
}
