import { wantsColours } from '../../colours.ts';
import type { CliContext } from '../cli-context.ts';

/** Colours by meaning; without colours every function returns its text unchanged. */
export interface Paint {
  readonly strong: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly careful: (text: string) => string;
}

/** Escape sequences of ECMA-48; only ever around text that is already fit for a terminal. */
export function createPaint(colours: boolean): Paint {
  const style = (code: number, end: number) => (text: string) =>
    colours && text !== '' ? `\x1b[${String(code)}m${text}\x1b[${String(end)}m` : text;
  return {
    strong: style(1, 22),
    dim: style(2, 22),
    good: style(32, 39),
    bad: style(31, 39),
    careful: style(33, 39),
  };
}

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

/** How output for people is written: the time that distances are counted from, and colours. */
export interface PlainStyle {
  readonly nowMs: number;
  readonly paint: Paint;
}

/** The same with the signs in front of lines. */
export interface TextStyle extends PlainStyle {
  readonly marks: Marks;
}

export function styleFor({ stdout, environment }: CliContext): TextStyle {
  const paint = createPaint(wantsColours(stdout, environment));
  return { nowMs: Date.now(), paint, marks: createMarks(paint) };
}
