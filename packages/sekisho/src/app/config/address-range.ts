import { isIP } from 'node:net';

type AddressRangeResult =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: string };

/** Checks `address/bits` or a single address, which stands for itself; the word `any` is left as it is. */
export function parseAddressRange(text: string): AddressRangeResult {
  if (text === 'any') return { ok: true, value: text };
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%'))
    return { ok: false, problem: 'it is no address range' };
  const width = family === 4 ? 32 : 128;
  if (bits === undefined) return { ok: true, value: `${address}/${String(width)}` };
  return /^\d{1,3}$/u.test(bits) && Number(bits) <= width && rest.length === 0
    ? { ok: true, value: text }
    : { ok: false, problem: `the number after the slash is not between 0 and ${String(width)}` };
}
