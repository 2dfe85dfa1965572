import type { ChallengeResponder } from '../peers/pebble-challenges.ts';
import { openManagerWorld } from './certificate-world.ts';

/**
 * A manager in a process of its own, to be killed. State directory, ACME directory and its CA (PEM) come as arguments;
 * its challenges are shown by the parent, which is told by messages `[name, …arguments]`.
 */
const [directory = '', directoryUrl = '', caPem = ''] = process.argv.slice(2);

const show =
  (name: string) =>
  (...given: readonly unknown[]): void =>
    void process.send?.([name, ...given]);

const parent: ChallengeResponder = {
  httpPort: 1,
  tlsPort: 1,
  looks: [],
  isShowing: true,
  size: 0,
  addHttp: show('addHttp'),
  removeHttp: show('removeHttp'),
  addAlpn: show('addAlpn'),
  removeAlpn: show('removeAlpn'),
  close: async () => {},
};
const world = await openManagerWorld(
  { directory, authority: { directoryUrl, caPem }, pointsHere: 'always' },
  parent,
);
await world.manager.tick();
await world.close();
process.disconnect?.();
