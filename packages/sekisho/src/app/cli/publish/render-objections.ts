import type { Domain } from '@sekisho/spec';
import type { Objection } from '../../../publish/index.ts';
import type { Paint } from '../text/style.ts';
import { showSentence } from '../text/remote-text.ts';
import { createMarks } from '../text/style.ts';

function describeOverride(objections: readonly Objection[], canForce: boolean): string[] {
  const open = objections.filter(({ canOverride }) => canOverride);
  if (open.length === 0 || open.length < objections.length) return [];
  const gates = open.filter(({ code }) => code.startsWith('gate-'));
  const others = open.filter((objection) => !gates.includes(objection));
  const force = gates.length > 0 && canForce ? ['--force'] : [];
  const named = canForce ? others : open;
  const codes = named.length > 0 ? [`--override ${named.map(({ code }) => code).join(' ')}`] : [];
  return [`If you know better:  ${[...codes, ...force].join(' ')} --reason "…"`];
}

/** Why an order was refused, each reason with its remedy. `canForce`: the command knows `--force`. */
export function renderObjections(
  domain: Domain,
  objections: readonly Objection[],
  { paint, canForce }: { readonly paint: Paint; readonly canForce: boolean },
): string {
  const marks = createMarks(paint);
  const reasons = objections.flatMap(({ code, message, remedy }) => [
    `  ${marks.failed} ${showSentence(message)} ${paint.dim(`(${code})`)}`,
    ...(remedy === '' ? [] : [`    ${marks.remedy} ${showSentence(remedy)}`]),
  ]);
  const heading = `${paint.strong(domain)}: refused; nothing was changed`;
  const hints = describeOverride(objections, canForce).map((line) => `  ${line}`);
  return [heading, ...reasons, ...(hints.length === 0 ? [] : ['', ...hints]), ''].join('\n');
}
