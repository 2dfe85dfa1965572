/** The codes of a result's issues, in order. */
export function codesOf<Code extends string>({
  issues,
}: {
  readonly issues: readonly { readonly code: Code }[];
}): readonly Code[] {
  return issues.map(({ code }) => code);
}
