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

/** What a connection brought: `stale` is one that was kept, and closed just as it was used again. */
type End = PostAnswer | 'broken' | 'stale';

/** Posts reports to a Unix socket, as a web server in front would: over kept connections, and anew where one is stale. */
export function createPostClient(socketPath: string, connections = 16): PostClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const postOnce = (body: Buffer, type: string): Promise<End> =>
    new Promise((resolve) => {
      const headers = { 'Content-Type': type, 'Content-Length': body.length };
      const options = { socketPath, path: '/v1/tlsrpt', method: 'POST', headers, agent };
      const asking = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => resolve('broken'));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
      });
      asking.on('error', () => resolve(asking.reusedSocket ? 'stale' : 'broken'));
      asking.end(body);
    });
  return {
    async post(body, type = 'application/tlsrpt+json') {
      let end: End;
      do end = await postOnce(body, type);
      while (end === 'stale');
      return end === 'broken' ? undefined : end;
    },
    close: () => agent.destroy(),
  };
}
