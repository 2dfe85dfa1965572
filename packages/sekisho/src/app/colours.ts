/** Whether what is written there may be coloured: only on a terminal that can, and never with `NO_COLOR`. */
export function wantsColours(
  { isTTY }: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return isTTY === true && environment['TERM'] !== 'dumb' && (environment['NO_COLOR'] ?? '') === '';
}
