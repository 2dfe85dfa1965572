/**
 * The bare Node socket server: answers each chunk with the same ready Buffer, in one write, and looks at nothing.
 * What Node's own sockets cost, hence the limit for any server written for Node.
 *
 * Usage: node node-const.ts tcp:PORT|unix:PATH REPLY      (REPLY is a whole netstring)
 */
import { createServer } from 'node:net';
import process from 'node:process';

const [endpoint = '', text = ''] = process.argv.slice(2);
const reply = Buffer.from(text, 'latin1');

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', () => {
    socket.write(reply);
  });
  socket.on('error', () => {
    socket.destroy();
  });
});

const ready = (): void => {
  process.stdout.write('ready\n');
};
if (endpoint.startsWith('unix:')) server.listen({ path: endpoint.slice(5), backlog: 1024 }, ready);
else server.listen({ host: '127.0.0.1', port: Number(endpoint.slice(4)), backlog: 1024 }, ready);
