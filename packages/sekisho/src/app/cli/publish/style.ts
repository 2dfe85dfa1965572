import { wantsColours } from '../../colours.ts';
import type { CliContext } from '../cli-context.ts';
import { createPaint, type Paint } from '../text/paint.ts';
import { createMarks, type Marks } from './marks.ts';

/** How the output of `sekisho publish` is written: the time that distances are counted from, colours and signs. */
export interface PublishStyle {
  readonly nowMs: number;
  readonly paint: Paint;
  readonly marks: Marks;
}

export function styleFor({ stdout, environment }: CliContext): PublishStyle {
  const paint = createPaint(wantsColours(stdout, environment));
  return { nowMs: Date.now(), paint, marks: createMarks(paint) };
}
