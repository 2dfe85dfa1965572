/** Whether a text is an IPv4 address in dotted decimals. RFC 5321 §4.1.3. */
export function isIpv4Address(text: string): boolean {
  if (text.length > 15) return false;
  const parts = text.split('.');
  return (
    parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)
  );
}

/** Whether a text is an IPv6 address, with `::`, an IPv4 tail or a zone (`%eth0`) as the case may be. RFC 4291 §2.2. */
export function isIpv6Address(text: string): boolean {
  if (text.length > 80) return false;
  const [address = '', zone] = text.split('%', 2);
  if (zone !== undefined && !/^[A-Za-z0-9._-]+$/.test(zone)) return false;
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const [head = '', tail] = halves;
  if (tail === undefined) return groupCount(head, true) === 8;
  const count = groupCount(head, false) + groupCount(tail, true);
  return count <= 7;
}

/** Sixteen-bit groups in a run of them; infinite where it is malformed. */
function groupCount(run: string, mayEndInIpv4: boolean): number {
  if (run === '') return 0;
  const groups = run.split(':');
  const last = groups.at(-1) ?? '';
  const hasIpv4 = mayEndInIpv4 && isIpv4Address(last);
  const hex = hasIpv4 ? groups.slice(0, -1) : groups;
  if (!hex.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return Number.POSITIVE_INFINITY;
  return hex.length + (hasIpv4 ? 2 : 0);
}
