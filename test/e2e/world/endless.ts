/** The origin of a policy that never ends, for nginx to hand on. */
import { createServer, type ServerResponse } from 'node:http';

const BEGINNING = 'version: STSv1\r\nmode: enforce\r\nmx: good.mx.test\r\nmax_age: 604800\r\n';

function pour(response: ServerResponse): void {
  if (response.destroyed) return;
  const room = response.write(`x-more: ${'x'.repeat(1000)}\r\n`);
  if (room) setImmediate(pour, response);
  else response.once('drain', () => pour(response));
}

createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.write(BEGINNING);
  pour(response);
}).listen(8080, '127.0.0.1');
