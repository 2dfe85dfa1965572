/** Internationalised domain names: UTS 46 ToASCII, which `@sekisho/spec` leaves to its caller. */
export { toAscii } from './to-ascii.ts';
