/** Judges whether a report's author is who it says. */
export { type Author, type Judgement, judgeTrust, type KeyServiceRule } from './judge-trust.ts';
