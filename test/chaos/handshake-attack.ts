import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createFailedHandshakes } from '../fixtures/failed-handshakes.ts';
import { recordClientHello } from '../peers/served-policy-host.ts';
import { HOST_NAME, type PolicyHostProcess } from './policy-host-process.ts';

/** What is attacked. */
export type Attacked = Pick<PolicyHostProcess, 'residentKib'> & {
  /** @param from a loopback address of one's own. */
  openTcp(listener: 'https', from?: string): Socket;
};

const AT_ONCE = 32;
/** In so long all that was dropped is given back. */
const SETTLE_MS = 2000;

const closed = (socket: Socket): Promise<unknown> =>
  new Promise((resolve) => socket.once('close', resolve).resume());

/** So many connections that never end a handshake, from many addresses; the memory of the host afterwards. */
export async function attackHandshakes(host: Attacked, count: number): Promise<number> {
  const make = createFailedHandshakes(await recordClientHello(HOST_NAME));
  let next = 0;
  const attack = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const socket = host.openTcp(
        'https',
        `127.1.${String((index >> 8) & 255)}.${String(index & 255)}`,
      );
      socket.write(make(index));
      if (index % 5 === 0) socket.destroy();
      else socket.end();
      await closed(socket);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, attack));
  await delay(SETTLE_MS);
  return host.residentKib;
}
