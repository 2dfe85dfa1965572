import type { Domain } from '@sekisho/spec';
import type { Objection, ObjectionCode, Order, OrderOutcome } from './rollout.ts';
import type { RolloutContext } from './rollout-context.ts';

/** What remains against an order, and what its overrides and force have lifted. */
export interface Lifted {
  readonly remaining: readonly Objection[];
  /** Codes, each once. */
  readonly overridden: readonly ObjectionCode[];
}

const LONGEST_REASON = 500;

const OVERRIDABLE: ReadonlySet<string> = new Set<ObjectionCode>([
  'max-age-short',
  'mx-unknown',
  'mx-null',
  'mx-matches-none',
  'mx-unmatched',
  'never-tested',
  'gate-probes-clean',
  'gate-mx-matched',
  'gate-reports-clean',
  'gate-nothing-pending',
  'gate-served-long',
  'overruled',
  'too-early',
  'txt-still-there',
]);

/** What is wrong with the order itself, whatever it is about. */
export function judgeOrder({ overrides = [], force = false, reason }: Order): readonly Objection[] {
  const objections: Objection[] = [];
  const isGiven = reason !== undefined && reason.trim() !== '';
  if (!isGiven && (overrides.length > 0 || force)) {
    const message = 'An override needs a reason, for those who ask later why it was done.';
    objections.push(fault('reason-missing', message, 'Give a reason.'));
  }
  if (reason !== undefined && (reason.length > LONGEST_REASON || /\p{C}/u.test(reason))) {
    const message = `The reason must be one line of at most ${LONGEST_REASON} characters, without controls.`;
    objections.push(fault('reason-invalid', message, 'Shorten the reason.'));
  }
  const unknown = overrides.filter((code) => !OVERRIDABLE.has(code));
  if (unknown.length > 0) {
    const named = unknown.map((code) => JSON.stringify(code.slice(0, 80))).join(', ');
    const message = `No objection that can be overridden is called ${named}.`;
    objections.push(
      fault('override-unknown', message, `Known are ${[...OVERRIDABLE].join(', ')}.`),
    );
  }
  return objections;
}

/** Takes away what the order overrides; `force` opens every gate. Call `judgeOrder` first. */
export function liftObjections(objections: readonly Objection[], order: Order): Lifted {
  const { overrides = [], force = false } = order;
  const isLifted = ({ code, canOverride }: Objection): boolean =>
    canOverride && (overrides.includes(code) || (force && code.startsWith('gate-')));
  return {
    remaining: objections.filter((objection) => !isLifted(objection)),
    overridden: [...new Set(objections.filter(isLifted).map(({ code }) => code))],
  };
}

/** Refuses an order, and counts that in metrics. */
export function refuse(
  { observe }: RolloutContext,
  domain: Domain,
  objections: readonly Objection[],
): OrderOutcome {
  observe({ kind: 'refused', domain, codes: objections.map(({ code }) => code) });
  return { kind: 'refused', objections };
}

function fault(code: ObjectionCode, message: string, remedy: string): Objection {
  return { code, message, remedy, canOverride: false };
}
