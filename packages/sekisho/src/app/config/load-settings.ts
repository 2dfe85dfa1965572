import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { escapeSentence } from '../../io/log/index.ts';
import { findCaFileProblem } from './ca-file.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import { applyMachineDefaults, findMachineDefaults, type MachineDefault } from './defaults.ts';
import {
  CONFIG_VARIABLE,
  type Environment,
  type EnvironmentReading,
  readEnvironment,
} from './environment.ts';
import { describeIssue } from './problems.ts';
import { findContradictions } from './relations.ts';
import { type Settings, settingsSchema } from './schema.ts';
import { listSettings, type SettingInfo } from './setting-list.ts';
import { getAt, setAt, type ValueTree, withoutNulls } from './value-tree.ts';

/** Where settings are looked for. */
export interface LoadOptions {
  /** From the command line; without it `SEKISHO_CONFIG`, then {@link DEFAULT_CONFIG_FILE} if it exists. */
  readonly configFile?: string | undefined;
  readonly environment: Environment;
}

/** Settings with where each of them comes from. */
export interface LoadedSettings {
  readonly settings: Settings;
  /** The file that was read. */
  readonly file: string | undefined;
  /** Variables that were read. */
  readonly variables: readonly string[];
  /** Every setting as it was written, with its origin. */
  readonly effective: readonly EffectiveSetting[];
}

/** One setting as it was written, and where. */
export interface EffectiveSetting {
  readonly setting: SettingInfo;
  readonly value: unknown;
  /** `default`, `file`, or the name of a variable. */
  readonly origin: string;
}

/** Read where neither the command line nor the environment names a file; may be missing. */
export const DEFAULT_CONFIG_FILE = '/etc/sekisho/sekisho.yaml';

const settingInfos = listSettings(settingsSchema);

function findFile({ configFile, environment }: LoadOptions): string | undefined {
  const named = configFile ?? environment[CONFIG_VARIABLE];
  if (named !== undefined && named !== '') return resolve(named);
  return existsSync(DEFAULT_CONFIG_FILE) ? DEFAULT_CONFIG_FILE : undefined;
}

/** A list of one may be written without brackets. */
function wrapLists(tree: ValueTree): ValueTree {
  return settingInfos
    .filter(({ kind }) => kind === 'list')
    .reduce((result, { path }) => {
      const value = getAt(result, path);
      return typeof value === 'string' ? setAt(result, path, [value]) : result;
    }, tree);
}

interface Merged {
  readonly tree: ValueTree;
  readonly fromFile: ValueTree;
  readonly machine: readonly MachineDefault[];
}

function merge(
  file: ConfigFile | undefined,
  reading: EnvironmentReading,
  environment: Environment,
): Merged {
  const fromFile = wrapLists(withoutNulls(file?.values ?? {}));
  const given = reading.values.reduce(
    (tree, { setting, value }) => setAt(tree, setting.path, value),
    fromFile,
  );
  const machine = findMachineDefaults(given, environment);
  return { tree: applyMachineDefaults(given, machine), fromFile, machine };
}

function findFileProblems({ https, publish, report, intake }: Settings): readonly ConfigProblem[] {
  const files = {
    'https.caFile': https.caFile,
    'publish.acme.caFile': publish.acme.caFile,
    'publish.probe.caFile': publish.probe.caFile,
    'report.mail.caFile': report.mail.caFile,
    'intake.imap.caFile': intake.imap.caFile,
  };
  return Object.entries(files).flatMap(([where, file]) => {
    const problem = file === undefined ? undefined : findCaFileProblem(file);
    return problem === undefined
      ? []
      : [{ where, message: `given is ${JSON.stringify(file)}; ${problem}` }];
  });
}

function describeEffective(reading: EnvironmentReading, merged: Merged): EffectiveSetting[] {
  return settingInfos.map((setting) => {
    const variable = reading.values.find((value) => value.setting === setting);
    if (variable !== undefined) return { setting, value: variable.value, origin: setting.variable };
    const written = getAt(merged.fromFile, setting.path);
    if (written !== undefined) return { setting, value: written, origin: 'file' };
    const found = merged.machine.find(({ path }) => path.join('.') === setting.key);
    if (found !== undefined) return { setting, value: found.value, origin: found.from };
    return { setting, value: setting.defaultValue, origin: 'default' };
  });
}

/** Fit for a terminal, and each once: a number can be beyond more than one limit. */
function tidy(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const escaped = problems.map(({ where, message }) => ({
    where: escapeSentence(where),
    message: escapeSentence(message),
  }));
  return [...new Map(escaped.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/**
 * Reads file and environment; the environment wins over the file, the file over the defaults.
 *
 * @throws ConfigError with every problem at once.
 */
export function loadSettings(options: LoadOptions): LoadedSettings {
  const path = findFile(options);
  const reading = readEnvironment(options.environment, settingInfos);
  const read = path === undefined ? undefined : readConfigFile(path);
  const file = read?.ok === true ? read.file : undefined;
  const merged = merge(file, reading, options.environment);
  const outside = [
    ...reading.values.map(({ setting }) => ({ key: setting.key, from: setting.variable })),
    ...merged.machine.map(({ path, from }) => ({ key: path.join('.'), from })),
  ];
  const context = { settings: settingInfos, file, outside };
  const result = settingsSchema.safeParse(merged.tree, { reportInput: true });
  const problems = [
    ...(read?.ok === false ? read.problems : []),
    ...reading.problems,
    ...(result.error?.issues.flatMap((issue) => describeIssue(issue, context)) ?? []),
    ...(result.data === undefined
      ? []
      : [...findContradictions(result.data), ...findFileProblems(result.data)]),
  ];
  if (problems.length > 0 || result.data === undefined)
    throw new ConfigError(tidy(problems), path && escapeSentence(path));
  return {
    settings: result.data,
    file: path,
    variables: reading.values.map(({ setting }) => setting.variable),
    effective: describeEffective(reading, merged),
  };
}
