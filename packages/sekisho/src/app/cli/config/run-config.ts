import { ConfigError } from '../../config/config-error.ts';
import { loadSettings } from '../../config/index.ts';
import { renderEffective } from '../../config/render-effective.ts';
import { renderExample } from '../../config/render-example.ts';
import { renderJsonSchema } from '../../config/render-json-schema.ts';
import { findWarnings } from '../../config/warnings.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

function describeSources(file: string | undefined, variables: readonly string[]): string {
  const sources = [...(file === undefined ? [] : [file]), ...variables];
  return sources.length === 0
    ? 'There is no configuration file and no SEKISHO_ variable: the defaults apply.'
    : `Read ${sources.join(', ')}.`;
}

/** `sekisho config check` */
export function checkConfig({ configFile, environment, stdout }: CliContext): Promise<ExitCode> {
  const { settings, file, variables } = loadSettings({ configFile, environment });
  const warnings = findWarnings(settings).map(({ key, message }) => `Note on ${key}: ${message}.`);
  const lines = [describeSources(file, variables), ...warnings, 'The configuration is ok.'];
  stdout.write(`${lines.join('\n')}\n`);
  return Promise.resolve(EXIT.ok);
}

/** `sekisho config print` */
export function printConfig({ configFile, environment, stdout }: CliContext): Promise<ExitCode> {
  stdout.write(renderEffective(loadSettings({ configFile, environment })));
  return Promise.resolve(EXIT.ok);
}

/** `sekisho config resolve`: what `resolveSettings` reads in the daemon. */
export function resolveConfig({ configFile, environment, stdout }: CliContext): Promise<ExitCode> {
  try {
    const { settings, file } = loadSettings({ configFile, environment });
    stdout.write(JSON.stringify({ settings, file }));
    return Promise.resolve(EXIT.ok);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { problems, source } = error;
    stdout.write(JSON.stringify({ problems, source }));
    return Promise.resolve(EXIT.config);
  }
}

/** `sekisho config example` */
export function printExample({ stdout }: CliContext): Promise<ExitCode> {
  stdout.write(renderExample());
  return Promise.resolve(EXIT.ok);
}

/** `sekisho config schema` */
export function printSchema({ stdout }: CliContext): Promise<ExitCode> {
  stdout.write(renderJsonSchema());
  return Promise.resolve(EXIT.ok);
}
