/** The authoritative servers of a name, asked directly. */
export type { Authorities, AuthorityAnswer, AuthorityLookup } from './authorities.ts';
export { type AuthoritiesOptions, createAuthorities } from './create-authorities.ts';
export { type AuthorityVerdict, judgeLookup, type SilentServer } from './judge-lookup.ts';
