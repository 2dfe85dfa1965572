import { PRESETS, type Preset } from '../../../publish/index.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type TextStyle, styleFor } from '../text/style.ts';
import { formatOutput } from '../text/to-json.ts';

/** Options of `sekisho publish presets`. */
export interface PresetsOptions {
  readonly json?: true;
}

function renderPreset(
  { name, provider, patterns, source, checkedOn, note }: Preset,
  style: TextStyle,
) {
  const { paint } = style;
  return [
    `${paint.strong(name)}  ${provider}`,
    ...patterns.map((pattern) => `  mx ${pattern}`),
    ...(note === undefined ? [] : [`  ${note}`]),
    `  ${paint.dim(`${source}, as of ${checkedOn}`)}`,
    '',
  ];
}

/** `sekisho publish presets` */
export function showPresets(context: CliContext, { json }: PresetsOptions): Promise<ExitCode> {
  const style = styleFor(context);
  const lines = PRESETS.flatMap((preset) => renderPreset(preset, style));
  context.stdout.write(json === true ? formatOutput(PRESETS) : `${lines.join('\n').trimEnd()}\n`);
  return Promise.resolve(EXIT.ok);
}
