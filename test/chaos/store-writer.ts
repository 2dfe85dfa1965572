/**
 * The victim: `store-writer FILE IN_FLIGHT` is told the first number on its standard input, writes without end, and
 * says the number of each write acknowledged. With nothing in flight it only opens the file.
 */
import { once } from 'node:events';
import { argv, env, stdin, stdout } from 'node:process';
import { openSqlitePolicyStore } from '../../packages/sekisho/src/discover/store/index.ts';
import { perform, stormOperation } from './storm-operation.ts';

const [file = '', inFlight = '1'] = argv.slice(2);
const key = env['STORM_KEY'] ?? '';
const [first] = await once(stdin, 'data');
const store = await openSqlitePolicyStore({ file });
let next = Number(String(first));

async function writeOn(): Promise<never> {
  for (;;) {
    const number = next;
    next += 1;
    await perform(store, stormOperation(number, key));
    await say(number);
  }
}

/** Waits until the line has left the process, so that never more than IN_FLIGHT writes are unheard of. */
async function say(number: number): Promise<void> {
  await new Promise<void>((resolve) => {
    stdout.write(`${number}\n`, () => resolve());
  });
}

await Promise.all(Array.from({ length: Number(inFlight) }, writeOn));
await store.close();
