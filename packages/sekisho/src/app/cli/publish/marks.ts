import type { Paint } from '../text/paint.ts';

/** The signs in front of what is well, what is not, and what nobody knows yet. */
export interface Marks {
  readonly done: string;
  readonly failed: string;
  readonly waiting: string;
  readonly unknown: string;
  /** In front of what the operator can do. */
  readonly remedy: string;
}

export function createMarks({ good, bad, careful, dim }: Paint): Marks {
  return {
    done: good('✓'),
    failed: bad('✗'),
    waiting: careful('…'),
    unknown: dim('·'),
    remedy: dim('→'),
  };
}
