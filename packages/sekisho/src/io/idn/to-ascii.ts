import { createRequire } from 'node:module';
import type { ToAscii } from '@sekisho/spec';

/** What we use of tr46, which has no types of its own. */
interface Tr46 {
  toASCII(name: string, options: Readonly<Record<string, boolean>>): string | null;
}

/**
 * Every check that UTS 46 knows, as for registration: a name that is laxly read could be sent to somebody else's
 * domain. Non-transitional, so that `ß` and the joiners stay what they are.
 */
const STRICT = {
  checkHyphens: true,
  checkBidi: true,
  checkJoiners: true,
  useSTD3ASCIIRules: true,
  verifyDNSLength: true,
  transitionalProcessing: false,
};

const require = createRequire(import.meta.url);
let tr46: Tr46 | undefined;

/**
 * UTS 46 ToASCII, all checks on; `undefined` for a name that is not valid. One trailing dot is dropped.
 *
 * The tables (5 MB in memory) are loaded at the first name: many hosts never see one outside ASCII.
 */
export const toAscii: ToAscii = (name) => {
  tr46 ??= require('tr46') as Tr46;
  return tr46.toASCII(name.replace(TRAILING_DOT, ''), STRICT) ?? undefined;
};

/** UTS 46 reads these four as a dot; it would take the root's empty label after the last one as an error. */
const TRAILING_DOT = /[.\u3002\uFF0E\uFF61]$/u;
