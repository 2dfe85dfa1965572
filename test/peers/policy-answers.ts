import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';

/** What a policy host does once it has a whole request. */
export type PolicyAnswer = (socket: TLSSocket) => void;

export interface AnswerOptions {
  readonly status?: number;
  /** Default `text/plain`; null leaves the header out. */
  readonly contentType?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A complete answer; well-behaved as long as the options are. */
export function whole(body: string | Buffer, options: AnswerOptions = {}): PolicyAnswer {
  const bytes = Buffer.from(body);
  return (socket) => {
    socket.end(Buffer.concat([head({ 'Content-Length': `${bytes.length}` }, options), bytes]));
  };
}

/** A body in chunks (RFC 9112 §7.1), complete. */
export function chunked(body: string): PolicyAnswer {
  const half = Math.ceil(body.length / 2);
  return (socket) => {
    socket.write(head({ 'Transfer-Encoding': 'chunked' }));
    for (const part of [body.slice(0, half), body.slice(half)]) {
      socket.write(`${part.length.toString(16)}\r\n${part}\r\n`);
    }
    socket.end('0\r\n\r\n');
  };
}

/** A redirect to a path of the same host. */
export function redirect(status: number, location: string): PolicyAnswer {
  return whole('moved', { status, headers: { Location: location } });
}

/** A gzip body that is small on the wire. */
export function gzipped(body: string | Buffer): PolicyAnswer {
  return whole(gzipSync(body), { headers: { 'Content-Encoding': 'gzip' } });
}

/** The head and a part of the body, then the end of the connection. */
export function cutShort(body: string): PolicyAnswer {
  return (socket) => {
    socket.end(
      Buffer.concat([head({ 'Content-Length': `${body.length + 1}` }), Buffer.from(body)]),
    );
  };
}

/** Chunks, and an end of the connection before the last one. */
export function cutChunks(body: string): PolicyAnswer {
  return (socket) => {
    socket.write(head({ 'Transfer-Encoding': 'chunked' }));
    socket.end(`${body.length.toString(16)}\r\n${body}\r\n`);
  };
}

/** A body that only the end of the connection ends. */
export function unframed(body: string): PolicyAnswer {
  return (socket) => {
    socket.end(Buffer.concat([head({}), Buffer.from(body)]));
  };
}

/** A body without end, as fast as the client reads. */
export function endless(): PolicyAnswer {
  const line = 'x'.repeat(1022);
  return (socket) => {
    socket.write(head({ 'Transfer-Encoding': 'chunked' }));
    const fill = (): void => {
      while (!socket.destroyed && socket.write(`3fe\r\n${line}\r\n`));
    };
    socket.on('drain', fill);
    fill();
  };
}

/** One octet of a valid body at a time, so that a limit on idleness is never reached. */
export function slow(body: string, stepMs = 20): PolicyAnswer {
  return (socket) => {
    socket.write(head({ 'Content-Length': `${body.length}` }));
    let sent = 0;
    const timer = setInterval(() => {
      socket.write(body.charAt(sent));
      sent += 1;
      if (sent >= body.length) clearInterval(timer);
    }, stepMs);
    socket.once('close', () => clearInterval(timer));
  };
}

/** Nothing, for ever. */
export function silent(): PolicyAnswer {
  return () => undefined;
}

/** These octets and the end. */
export function raw(octets: string): PolicyAnswer {
  return (socket) => {
    socket.end(octets);
  };
}

/** The end at once. */
export function hangUp(): PolicyAnswer {
  return (socket) => {
    socket.destroy();
  };
}

/** Headers beyond what any server sends. */
export function hugeHeaders(): PolicyAnswer {
  return whole('', { headers: { 'X-Filler': 'x'.repeat(100_000) } });
}

function head(framing: Readonly<Record<string, string>>, options: AnswerOptions = {}): Buffer {
  const { status = 200, contentType = 'text/plain', headers = {} } = options;
  const fields = {
    ...(contentType !== null && { 'Content-Type': contentType }),
    ...framing,
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`HTTP/1.1 ${status} Some Reason\r\n${lines.join('')}\r\n`, 'latin1');
}
