import { request } from 'node:http';
import { join } from 'node:path';

/** Has everything carried out that is due now, and waits until it was tried once. */
export function tick(stateDirectory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socketPath = join(stateDirectory, 'publisher', 'publish.sock');
    // Connections of their own: one that was kept may be closed just now.
    const options = { socketPath, path: '/v1/tick', method: 'POST', agent: false };
    const asked = request(options, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`The publisher answered a tick with ${response.statusCode}`));
      });
    });
    asked.once('error', reject);
    asked.end();
  });
}
