import type { DeliveryState } from '../../../report/store/index.ts';
import { UsageError } from '../usage-error.ts';

const STATES: readonly DeliveryState[] = [
  'held',
  'waiting',
  'committing',
  'sent',
  'spared',
  'given-up',
  'uncertain',
];

/** A day of UTC as it was typed. Throws {@link UsageError}. */
export function readDay(text: string): string {
  const atMs = Date.parse(`${text}T00:00:00Z`);
  const isDay = !Number.isNaN(atMs) && new Date(atMs).toISOString().slice(0, 10) === text;
  if (isDay) return text;
  throw new UsageError(
    `--day: given is ${JSON.stringify(text)}; allowed is a day such as 2026-11-23`,
  );
}

/** States as they were typed. Throws {@link UsageError}. */
export function readStates(texts: readonly string[]): readonly DeliveryState[] {
  return texts
    .flatMap((text) => text.split(','))
    .map((text) => {
      const state = STATES.find((each) => each === text);
      if (state !== undefined) return state;
      throw new UsageError(
        `--state: given is ${JSON.stringify(text)}; allowed are ${STATES.join(', ')}`,
      );
    });
}

/** The number of a destination as it was typed, as its place from 0. Throws {@link UsageError}. */
export function readPlace(text: string): number {
  if (/^[1-9]\d{0,2}$/u.test(text)) return Number(text) - 1;
  throw new UsageError(
    `--destination: given is ${JSON.stringify(text)}; allowed is a number that "sekisho report show" shows`,
  );
}
