import type { TxtChange } from './dns-updater.ts';
import { CLASS, encodeName, encodeRecord, encodeStrings, splitText, TYPE, uint16 } from './wire.ts';

/** A TXT record as it stands in the zone, string by string. */
export interface StandingTxt {
  readonly strings: readonly Buffer[];
  readonly ttlSeconds: number;
}

/** Opcode 5 (RFC 2136 §1.3), in its place among the flags. */
export const UPDATE_FLAGS = 0x2800;

/** The strings joined: one character an octet. */
export function textOf({ strings }: StandingTxt): string {
  return Buffer.concat([...strings]).toString('latin1');
}

/** Whether the name holds already what the change asks for. */
export function isDone(standing: readonly StandingTxt[], change: TxtChange): boolean {
  const ours = standing.filter((txt) => textOf(txt).startsWith(change.startsWith));
  if (change.text === undefined) return ours.length === 0;
  const [only] = ours;
  return (
    ours.length === 1 &&
    only !== undefined &&
    textOf(only) === change.text &&
    only.ttlSeconds === change.ttlSeconds
  );
}

/**
 * Writes the update (RFC 2136 §2): takes away our records one by one, adds the new one, and demands that the name
 * hold exactly what we saw there (§2.4.2, §2.4.3), so that a change of somebody else meanwhile is not lost.
 */
export function encodeUpdate(
  id: number,
  zone: string,
  standing: readonly StandingTxt[],
  change: TxtChange,
): Buffer {
  const { name, text, ttlSeconds } = change;
  const write = (recordClass: number, ttl: number, data: Buffer): Buffer =>
    encodeRecord({ name, type: TYPE.txt, class: recordClass, ttlSeconds: ttl, data });
  const prerequisites =
    standing.length === 0
      ? [write(CLASS.none, 0, Buffer.alloc(0))]
      : standing.map(({ strings }) => write(CLASS.in, 0, encodeStrings(strings)));
  const ours = standing.filter((txt) => textOf(txt).startsWith(change.startsWith));
  const updates = ours.map(({ strings }) => write(CLASS.none, 0, encodeStrings(strings)));
  if (text !== undefined) {
    updates.push(write(CLASS.in, ttlSeconds, encodeStrings(splitText(text))));
  }
  const header = [id, UPDATE_FLAGS, 1, prerequisites.length, updates.length, 0].map(uint16);
  const zoneSection = [encodeName(zone), uint16(TYPE.soa), uint16(CLASS.in)];
  return Buffer.concat([...header, ...zoneSection, ...prerequisites, ...updates]);
}
