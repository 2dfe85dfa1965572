import { z } from 'zod';
import { isAbsolute } from 'node:path';
import { LISTEN_ADDRESS_FORMS, type ListenAddress, parseListenAddress } from './listen-address.ts';
import { settingMeta, type SettingMeta } from './setting-meta.ts';

type WithoutAllowed = Omit<SettingMeta, 'allowed'>;

/** A group of settings; a group that is left out or empty has all its defaults. */
export function group<S extends z.core.$ZodLooseShape>(description: string, shape: S) {
  return z
    .strictObject(shape)
    .prefault({} as never)
    .register(settingMeta, { description });
}

/** A whole number within limits, both included. */
export function wholeNumber(
  value: number,
  { min, max, ...meta }: WithoutAllowed & { readonly min: number; readonly max: number },
) {
  return z.int().min(min).max(max).prefault(value).register(settingMeta, meta);
}

/** `true` or `false`. */
export function flag(value: boolean, meta: WithoutAllowed) {
  return z.boolean().prefault(value).register(settingMeta, meta);
}

/** One of a few words. */
export function choice<const W extends readonly [string, ...string[]]>(
  words: W,
  value: W[number],
  meta: WithoutAllowed,
) {
  return z.enum(words).prefault(value).register(settingMeta, meta);
}

const absolutePath = z
  .string()
  .refine((path) => isAbsolute(path) && !path.includes('\0'), 'the path is not absolute');

/** An absolute path with a default. */
export function path(value: string, meta: WithoutAllowed) {
  return absolutePath
    .prefault(value)
    .register(settingMeta, { ...meta, allowed: 'an absolute path' });
}

/** An absolute path that may be left out. */
export function optionalPath(meta: WithoutAllowed) {
  return absolutePath.optional().register(settingMeta, { ...meta, allowed: 'an absolute path' });
}

/** Text that `parse` understands; the setting's value is what it makes of it, its problem is shown. */
export function parsed<T>(
  parse: (
    text: string,
  ) => { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string },
) {
  return z.string().transform((text, context): T => {
    const result = parse(text);
    if (result.ok) return result.value;
    context.issues.push({ code: 'custom', message: result.problem, input: text });
    return z.NEVER;
  });
}

/** Addresses that a server listens on. */
export function listenAddresses(value: string[], meta: WithoutAllowed) {
  return z
    .array(parsed(parseListenAddress))
    .prefault(value)
    .register(settingMeta, { ...meta, allowed: `a list of ${LISTEN_ADDRESS_FORMS}` });
}

/** One address that a server listens on, or the word that turns it off. */
export function listenAddressOrOff(value: string, meta: WithoutAllowed) {
  const parse = (text: string) =>
    text === 'off' ? ({ ok: true, value: text } as const) : parseListenAddress(text);
  return parsed<ListenAddress | 'off'>(parse)
    .prefault(value)
    .register(settingMeta, { ...meta, allowed: `"off", ${LISTEN_ADDRESS_FORMS}` });
}
