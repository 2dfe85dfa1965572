import { kill, pid } from 'node:process';
import type { PublishedDomain } from '../../packages/sekisho/src/publish/store/index.ts';

/** Counts the moments at which a process may be killed, and kills it at one of them. */
export interface KillPoints {
  /** The same object; each call of one of these methods has a moment before it and one when its work is done. */
  around<Port extends object>(name: string, port: Port, methods: readonly (keyof Port)[]): Port;
  /** Names of the moments passed so far. */
  readonly passed: readonly string[];
}

/**
 * @param at the moment that is the last, counted from 1; 0: none.
 * @param hold is waited for at each moment, so that others can look at how things are just then.
 */
export function createKillPoints(at: number, hold: () => Promise<void>): KillPoints {
  const passed: string[] = [];
  const pass = async (name: string): Promise<void> => {
    passed.push(name);
    await hold();
    // The signal arrives before the call returns: nothing runs after it.
    if (passed.length === at) kill(pid, 'SIGKILL');
  };
  return {
    passed,
    around(name, port, methods) {
      const watched = new Set<PropertyKey>(methods);
      return new Proxy(port, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key);
          if (typeof value !== 'function') return value;
          if (!watched.has(key)) return value.bind(target) as unknown;
          return async (...args: unknown[]): Promise<unknown> => {
            const call = `${name}.${String(key)}${stepOf(args)}`;
            await pass(`before ${call}`);
            const result: unknown = await Reflect.apply(value, target, args);
            await pass(`after ${call}`);
            return result;
          };
        },
      });
    },
  };
}

/** Tells the steps that a change is brought to apart. */
function stepOf(args: readonly unknown[]): string {
  const commit = args.find((arg) => typeof arg === 'object' && arg !== null && 'next' in arg);
  if (commit === undefined) return '';
  const { change } = commit.next as PublishedDomain;
  return ` to ${change?.step ?? 'end'}`;
}
