import { AcmeFault } from './acme-fault.ts';

/** A JSON object whose members are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads members of one JSON object of the authority, called `what` in messages. */
export function readMembers(value: unknown, what: string) {
  if (!isObject(value)) throw new AcmeFault('malformed', `${what} is not a JSON object`);
  const fault = (member: string, must: string): AcmeFault =>
    new AcmeFault('malformed', `"${member}" of ${what} must be ${must}`);
  return {
    text(member: string): string {
      const text = value[member];
      if (typeof text === 'string') return text;
      throw fault(member, 'a string');
    },
    /** An absolute https URL without a password. */
    url(member: string): string {
      if (isHttpsUrl(value[member])) return value[member];
      throw fault(member, 'an https URL');
    },
    urls(member: string): readonly string[] {
      const urls = value[member];
      if (Array.isArray(urls) && urls.length <= MOST_ITEMS && urls.every(isHttpsUrl)) return urls;
      throw fault(member, 'a list of https URLs');
    },
    list(member: string): readonly unknown[] {
      const list = value[member];
      if (Array.isArray(list) && list.length <= MOST_ITEMS) return list;
      throw fault(member, 'a list');
    },
    oneOf<T extends string>(member: string, allowed: readonly T[]): T {
      const found = allowed.find((each) => each === value[member]);
      if (found !== undefined) return found;
      throw fault(member, `one of ${allowed.join(', ')}`);
    },
    instantMs(member: string): number {
      const text = value[member];
      const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN;
      if (!Number.isNaN(ms)) return ms;
      throw fault(member, 'a date and time');
    },
    /** Undefined when it is absent. */
    optional: (member: string): unknown => value[member],
  };
}

const MOST_ITEMS = 100;

function isHttpsUrl(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 2000) return false;
  const url = URL.parse(value);
  return url !== null && url.protocol === 'https:' && url.username === '' && url.password === '';
}
