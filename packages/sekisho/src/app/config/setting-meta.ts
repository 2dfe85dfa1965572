import { z } from 'zod';

/** What a person wants to know of one setting; every generated text comes from here. */
export interface SettingMeta {
  /** Whole sentences: what it does, and when to change it. */
  readonly description: string;
  /** What may be written, for messages and documentation; derived where the type says it all. */
  readonly allowed?: string;
  /** What one means: `milliseconds`, `seconds`, `policies`. */
  readonly unit?: string;
  /** A value worth showing where the default is not telling. */
  readonly example?: unknown;
  /** The default in words, where it depends on the machine. */
  readonly defaultText?: string;
  /** The value holds a password: shown only redacted. */
  readonly secret?: boolean;
}

/** The metadata of every setting and every group, by its schema. */
export const settingMeta = z.registry<SettingMeta>();
