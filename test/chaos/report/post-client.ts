import { Agent, request } from 'node:http';

/** What became of a POST. */
export interface PostAnswer {
  readonly status: number;
  readonly body: string;
}

export interface PostClient {
  /** Undefined if the connection broke before the answer. */
  post(body: Buffer, type?: string): Promise<PostAnswer | undefined>;
  close(): void;
}

/** Posts reports to a Unix socket, as a web server in front would. */
export function createPostClient(socketPath: string, connections = 16): PostClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    post: (body, type = 'application/tlsrpt+json') =>
      new Promise((resolve) => {
        const headers = { 'Content-Type': type, 'Content-Length': body.length };
        const options = { socketPath, path: '/v1/tlsrpt', method: 'POST', headers, agent };
        const asking = request(options, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', () => resolve(undefined));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
          );
        });
        asking.on('error', () => resolve(undefined));
        asking.end(body);
      }),
    close: () => agent.destroy(),
  };
}
