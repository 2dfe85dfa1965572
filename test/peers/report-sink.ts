/** A collector of reports over HTTPS that answers well or badly. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { IssuedCertificate } from './certificates.ts';

export interface ReceivedPost {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Called when the whole request is there. */
export type ReportAnswer = (response: ServerResponse, request: IncomingMessage) => void;

export interface ReportSink {
  readonly port: number;
  readonly posts: readonly ReceivedPost[];
  readonly connections: number;
  close(): Promise<void>;
}

/** Starts one on 127.0.0.1; by default it answers 201. */
export async function startReportSink(
  certificate: IssuedCertificate,
  answer: ReportAnswer = (response) => response.writeHead(201).end(),
): Promise<ReportSink> {
  const posts: ReceivedPost[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ key: certificate.keyPem, cert: certificate.chainPem });
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      posts.push({ method, path, headers, body: Buffer.concat(chunks) });
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    posts,
    get connections() {
      return connections;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** A status and nothing else but headers. */
export function status(code: number, headers: Record<string, string> = {}): ReportAnswer {
  return (response) => response.writeHead(code, headers).end();
}

/** No answer at all. */
export const silence: ReportAnswer = () => undefined;

/** The connection breaks instead of an answer. */
export const drop: ReportAnswer = (response) => response.socket?.destroy();

/** What is no HTTP. */
export const nonsense: ReportAnswer = (response) => response.socket?.end('hello?\r\n\r\n');

/** A head, and a body that never ends. */
export function endless(code: number): ReportAnswer {
  return (response) => {
    response.writeHead(code);
    const feed = (): void => {
      while (response.writable && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', feed);
    response.on('error', () => undefined);
    feed();
  };
}

/** A head, and a body that never comes. */
export function headOnly(code: number): ReportAnswer {
  return (response) => response.writeHead(code, { 'Content-Length': '10' }).flushHeaders();
}
