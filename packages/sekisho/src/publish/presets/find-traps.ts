/** Names that look like MX patterns of a provider and match none of its hosts. */
const TRAPS: readonly { readonly mx: string; readonly because: string }[] = [
  {
    mx: '*.mx.microsoft',
    because:
      'a star stands for one label, and hosts are such as example-com.o-v1.mx.microsoft: write *.o-v1.mx.microsoft or the host itself',
  },
  {
    mx: 'mail.protection.outlook.com',
    because:
      'hosts are such as example-com.mail.protection.outlook.com: write *.mail.protection.outlook.com',
  },
  {
    mx: '*.google.com',
    because: 'hosts such as alt1.aspmx.l.google.com have more labels: use the preset google',
  },
  {
    mx: '*.l.google.com',
    because: 'hosts such as alt1.aspmx.l.google.com have more labels: use the preset google',
  },
];

/** What is known to go wrong with these patterns of a policy, one sentence each (RFC 8461 §4.1). */
export function findTraps(mx: readonly string[]): readonly string[] {
  return TRAPS.filter((trap) => mx.includes(trap.mx)).map(
    ({ mx: pattern, because }) =>
      `mx ${pattern} does not cover all hosts of its provider: ${because}`,
  );
}
