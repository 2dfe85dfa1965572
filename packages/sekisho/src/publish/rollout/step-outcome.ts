import type { Problem } from '../store/index.ts';

/** A problem before its time is put to it. */
export type Mishap = Omit<Problem, 'atMs'>;

/** How one attempt at a step ended. */
export type StepOutcome =
  | { readonly kind: 'moved'; readonly move: 'served' | 'verified' | 'announced' | 'confirmed' }
  | { readonly kind: 'failed'; readonly mishap: Mishap }
  /** Nothing is wrong; it is not time yet. */
  | { readonly kind: 'waits'; readonly mishap: Mishap; readonly untilMs: number };
