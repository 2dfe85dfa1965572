import type { Openssl, Pointer } from './openssl.ts';

/** What OpenSSL says of its first failure since the last look; all of them are then forgotten. */
export function takeFailure(openssl: Openssl, action: string): Error {
  const code = openssl.ERR_get_error();
  const reason = openssl.ERR_reason_error_string(code) ?? 'no reason is given';
  openssl.ERR_clear_error();
  return new Error(`Cannot ${action}: OpenSSL says "${reason}"`);
}

/** @throws {Error} unless it is an address. */
export function mustExist(openssl: Openssl, pointer: Pointer, action: string): Pointer {
  if (pointer === 0) throw takeFailure(openssl, action);
  return pointer;
}
