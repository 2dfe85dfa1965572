import type { Change, ChangeStep } from '../../../publish/store/index.ts';
import type { Output } from '../cli-context.ts';
import type { Paint } from '../text/style.ts';
import { showSentence } from '../text/remote-text.ts';
import { formatDistance } from '../text/time.ts';
import { createMarks } from '../text/style.ts';

/** The steps of a change in their order, while they are taken and once they are done. */
const STEPS: readonly (readonly [ChangeStep, string, string])[] = [
  ['serve', 'handing the text to the policy host', 'the policy host gives out the new text'],
  ['verify', 'fetching it over its public name', 'fetched from outside: the same bytes'],
  ['announce', 'changing the id in the DNS', 'the new id is on its way into the DNS'],
  ['confirm', 'asking every authoritative server', 'every authoritative server shows the id'],
];
const NAME_WIDTH = 8;
const ERASE_LINE = '\r\x1b[2K';

/** Shows how a change comes along: a line for each step that is done, one that changes for the step under way. */
export interface Progress {
  /** Where the change stands now. */
  show(change: Change, nowMs: number): void;
  /** The last step is done. */
  finish(): void;
  /** Leaves what is shown as it stands. */
  leave(): void;
}

/** @param live whether a line can be written over, as on a terminal. */
export function createProgress(stdout: Output, paint: Paint, live: boolean): Progress {
  const marks = createMarks(paint);
  let shown = 0;
  let lastProblem = '';
  const line = (mark: string, name: string, text: string): string =>
    `  ${mark} ${name.padEnd(NAME_WIDTH)}  ${text}`;
  const settle = (text: string): void => void stdout.write(`${live ? ERASE_LINE : ''}${text}\n`);
  const finishUntil = (count: number): void => {
    for (; shown < count; shown += 1) {
      const [name = '', , done = ''] = STEPS[shown] ?? [];
      settle(line(marks.done, name, done));
      lastProblem = '';
    }
  };
  const tellProblem = ({ step, problem }: Change): void => {
    if (problem === undefined || problem.message === lastProblem) return;
    lastProblem = problem.message;
    settle(line(marks.waiting, step, showSentence(problem.message)));
    if (problem.remedy !== '') settle(`    ${marks.remedy} ${showSentence(problem.remedy)}`);
  };
  return {
    show(change, nowMs) {
      const at = STEPS.findIndex(([name]) => name === change.step);
      finishUntil(at);
      tellProblem(change);
      if (!live) return;
      const [name = '', doing = ''] = STEPS[at] ?? [];
      const again =
        change.attempts === 0
          ? doing
          : `tried ${change.attempts === 1 ? 'once' : `${String(change.attempts)} times`}, again ${formatDistance(Math.max(change.nextAttemptAtMs, nowMs), nowMs)}`;
      stdout.write(`${ERASE_LINE}${line(marks.waiting, name, paint.dim(again))}`);
    },
    finish: () => finishUntil(STEPS.length),
    leave: () => void (live && stdout.write(ERASE_LINE)),
  };
}
