/** One figure beside what is wanted of it. */
export interface Claim {
  readonly what: string;
  readonly value: string;
  /** Empty where nothing is wanted and the figure only informs. */
  readonly wanted: string;
  readonly isMet: boolean | undefined;
}

/** A figure of which nothing is wanted. */
export const inform = (what: string, value: string): Claim => ({
  what,
  value,
  wanted: '',
  isMet: undefined,
});
