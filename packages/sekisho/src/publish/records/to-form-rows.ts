import type { WantedRecord } from './wanted-record.ts';

/** What to type into the form of a DNS provider. */
export interface FormRow {
  /** Relative to the zone, `@` for the zone itself; most forms add the zone's name. */
  readonly host: string;
  readonly type: WantedRecord['type'];
  /** Without quotes or a dot at the end; forms add them where they are needed. */
  readonly value: string;
  readonly ttlSeconds: number;
}

/** Records as rows of a form of the zone given. A name outside it stays whole. */
export function toFormRows(records: readonly WantedRecord[], zone: string): readonly FormRow[] {
  return records.map(({ name, type, value, ttlSeconds }) => ({
    host: relativeTo(name, zone),
    type,
    value,
    ttlSeconds,
  }));
}

function relativeTo(name: string, zone: string): string {
  if (name === zone) return '@';
  return name.endsWith(`.${zone}`) ? name.slice(0, -zone.length - 1) : name;
}
