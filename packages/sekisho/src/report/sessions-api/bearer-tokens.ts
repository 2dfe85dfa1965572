import { createHash, timingSafeEqual } from 'node:crypto';

const BEARER = /^Bearer +([\x21-\x7e]{1,1024}) *$/i;

/**
 * Which of the tokens an `Authorization: Bearer …` header carries (RFC 6750 §2.1), as a name that is safe to keep;
 * undefined if none. Takes the same time whichever it is, and however much of it is right.
 */
export function findBearer(
  header: string | undefined,
  tokens: readonly string[],
): string | undefined {
  const given = digest(BEARER.exec(header ?? '')?.[1] ?? '');
  let found: string | undefined;
  for (const token of tokens) {
    const expected = digest(token);
    // An empty line in a file of tokens must not let anybody in.
    if (timingSafeEqual(given, expected) && token !== '') found = expected.toString('base64url');
  }
  return found;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
