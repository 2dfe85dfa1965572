/** What stands in the DNS in place of a record. Texts are escaped. */
export type Finding =
  | { readonly kind: 'right'; readonly note?: string }
  | { readonly kind: 'missing'; readonly note?: string }
  | { readonly kind: 'different'; readonly found: readonly string[]; readonly note: string }
  /** The DNS did not say. */
  | { readonly kind: 'unknown'; readonly note: string };

export function unknown(note: string): Finding {
  return { kind: 'unknown', note };
}
