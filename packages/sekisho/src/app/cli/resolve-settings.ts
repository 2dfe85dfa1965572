import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ConfigError, type ConfigProblem } from '../config/config-error.ts';
import type { Environment, Settings } from '../config/index.ts';
import { EXIT } from './exit-code.ts';

const MAIN = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../main.ts' : '../main.js', import.meta.url),
);
const run = promisify(execFile);

/** Settings as a process of its own read them. */
export interface ResolvedSettings {
  readonly settings: Settings;
  readonly file?: string;
}

interface Refusal {
  readonly problems: readonly ConfigProblem[];
  readonly source?: string;
}

/**
 * Reads the configuration in a process of its own. What reads and checks it weighs almost 30 MB that a daemon would keep
 * for life, and would hold up lookups during a reload.
 *
 * @throws ConfigError with every problem at once.
 */
export async function resolveSettings(
  configFile: string | undefined,
  environment: Environment,
): Promise<ResolvedSettings> {
  const file = configFile === undefined ? [] : ['--config', configFile];
  const args = [...process.execArgv, MAIN, ...file, 'config', 'resolve'];
  try {
    const { stdout } = await run(process.execPath, args, { env: environment });
    return JSON.parse(stdout) as ResolvedSettings;
  } catch (error) {
    const { code, stdout } = error as { readonly code?: unknown; readonly stdout?: string };
    if (code !== EXIT.config || stdout === undefined) throw error;
    const { problems, source } = JSON.parse(stdout) as Refusal;
    throw new ConfigError(problems, source);
  }
}
