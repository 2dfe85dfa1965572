import type { BadSample } from '../../../report/store/index.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type TextStyle, styleFor } from '../text/style.ts';
import { formatOutput } from '../text/to-json.ts';
import { quoteRemote } from '../text/remote-text.ts';
import { formatTime } from '../text/time.ts';
import { withReportStore } from './with-store.ts';

/** Options of `sekisho report samples`. */
export interface SamplesOptions {
  readonly json?: true;
}

const LONGEST_SHOWN = 1000;

/** `sekisho report samples` */
export function showSamples(context: CliContext, { json }: SamplesOptions): Promise<ExitCode> {
  return withReportStore(context, async (store) => {
    const { stdout, stderr } = context;
    const samples = await store.listSamples();
    const counts = await store.countSamples();
    if (json === true) stdout.write(formatOutput({ counts, samples: samples.map(toPlain) }));
    else if (samples.length === 0) stderr.write('sekisho: everything that arrived could be used\n');
    else {
      const style = styleFor(context);
      const lines = samples.flatMap((sample) => renderSample(sample, style));
      const sums = counts.map(({ source, count }) => `${String(count)} by ${source}`);
      stdout.write(`${[...lines, `Ever: ${sums.join(', ')}.`].join('\n')}\n`);
    }
    return samples.length === 0 ? EXIT.notFound : EXIT.ok;
  });
}

function renderSample({ atMs, source, code, bytes }: BadSample, { paint }: TextStyle): string[] {
  const text = Buffer.from(bytes).toString('utf8');
  return [
    `${paint.dim(formatTime(atMs))}  ${source}  ${paint.careful(code)}`,
    `  ${quoteRemote(text, LONGEST_SHOWN)}`,
  ];
}

function toPlain({ bytes, ...sample }: BadSample): object {
  return { ...sample, base64: Buffer.from(bytes).toString('base64') };
}
