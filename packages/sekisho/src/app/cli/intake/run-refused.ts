import type { KeptRefusal } from '../../../intake/store/index.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type TextStyle, styleFor } from '../text/style.ts';
import { toJson } from '../text/to-json.ts';
import { quoteRemote, showSentence } from '../text/remote-text.ts';
import { formatMoment } from '../text/time.ts';
import { withIntakeStore } from './with-store.ts';
import { writeRaw } from './write-raw.ts';

/** Options of `sekisho intake refused`. */
export interface RefusedOptions {
  readonly json?: true;
  readonly raw?: string;
}

const MOST_KEPT = 500;
const MOST_PROBLEMS = 5;

/** `sekisho intake refused` */
export function showRefused(context: CliContext, { json, raw }: RefusedOptions): Promise<ExitCode> {
  const { stdout, stderr } = context;
  return withIntakeStore(context, async (store) => {
    if (raw !== undefined) return printRaw(context, raw, await store.getRefusedBytes(raw));
    const refused = await store.listRefused(MOST_KEPT);
    if (refused.length === 0) {
      stderr.write('sekisho: nothing was refused\n');
      return EXIT.ok;
    }
    const style = styleFor(context);
    stdout.write(
      refused
        .map((one) =>
          json === true ? `${JSON.stringify(toJson(one))}\n` : renderRefused(one, style),
        )
        .join(''),
    );
    return EXIT.ok;
  });
}

function printRaw(
  { stdout, stderr }: CliContext,
  id: string,
  bytes: Uint8Array | undefined,
): ExitCode {
  if (bytes === undefined) {
    stderr.write(
      `sekisho: there is no ${quoteRemote(id)}; "sekisho intake refused" shows what there is\n`,
    );
    return EXIT.notFound;
  }
  writeRaw(stdout, bytes);
  return EXIT.ok;
}

function renderRefused(one: KeptRefusal, { nowMs, paint, marks }: TextStyle): string {
  const { id, receivedAtMs, channel, problems, sizeBytes } = one;
  const rest = problems.length - MOST_PROBLEMS;
  const lines = [
    `${paint.strong(id)}  ${formatMoment(receivedAtMs, nowMs)}, by ${channel}, ${String(sizeBytes)} bytes kept`,
    ...problems
      .slice(0, MOST_PROBLEMS)
      .map((problem) => `  ${marks.failed} ${showSentence(problem)}`),
    ...(rest > 0 ? [`    and ${String(rest)} more`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
