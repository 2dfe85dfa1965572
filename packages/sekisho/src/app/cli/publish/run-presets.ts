import { PRESETS, type Preset } from '../../../publish/index.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { PublishOptions } from './publish-commands.ts';
import { type PublishStyle, styleFor } from './style.ts';
import { formatOutput } from './to-json.ts';

function renderPreset(
  { name, provider, patterns, source, checkedOn, note }: Preset,
  style: PublishStyle,
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
export function showPresets(context: CliContext, { json }: PublishOptions): Promise<ExitCode> {
  const style = styleFor(context);
  const lines = PRESETS.flatMap((preset) => renderPreset(preset, style));
  context.stdout.write(json === true ? formatOutput(PRESETS) : `${lines.join('\n').trimEnd()}\n`);
  return Promise.resolve(EXIT.ok);
}
