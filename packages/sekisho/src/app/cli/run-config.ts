import { loadSettings } from '../config/index.ts';
import { renderEffective } from '../config/render-effective.ts';
import { renderExample } from '../config/render-example.ts';
import { renderJsonSchema } from '../config/render-json-schema.ts';
import { findWarnings } from '../config/warnings.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

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
