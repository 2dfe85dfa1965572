import { connect, type Socket } from 'node:net';

/** A client that hands mail over by LMTP (RFC 2033), one message at a time. */
export interface LmtpClient {
  /** The reply to the whole message, such as `250 report stored`; undefined if the connection broke before it. */
  deliver(message: Buffer): Promise<string | undefined>;
  close(): void;
}

/** Undefined when nobody listens. */
export async function connectLmtp(path: string): Promise<LmtpClient | undefined> {
  const socket = await open(path);
  if (socket === undefined) return undefined;
  const nextReply = readReplies(socket);
  const ask = async (line: string): Promise<string | undefined> => {
    socket.write(`${line}\r\n`);
    return nextReply();
  };
  await nextReply();
  await ask('LHLO client.test');
  return {
    async deliver(message) {
      await ask('MAIL FROM:<reporter@example.net>');
      await ask('RCPT TO:<reports@example.com>');
      if ((await ask('DATA'))?.startsWith('354') !== true) return undefined;
      socket.write(message.toString('latin1').replaceAll(/^\./gm, '..'), 'latin1');
      return ask('\r\n.');
    },
    close: () => socket.destroy(),
  };
}

function open(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path, () => resolve(socket));
    socket.on('error', () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}

/** Gives the last line of each reply, in their order; undefined from the end of the connection on. */
function readReplies(socket: Socket): () => Promise<string | undefined> {
  let pending = '';
  let isOver = false;
  const replies: string[] = [];
  const waiting: ((reply: string | undefined) => void)[] = [];
  socket.on('data', (chunk) => {
    pending += chunk.toString();
    const lines = pending.split('\r\n');
    pending = lines.pop() ?? '';
    for (const line of lines.filter((each) => each[3] !== '-')) {
      const asker = waiting.shift();
      if (asker === undefined) replies.push(line);
      else asker(line);
    }
  });
  socket.on('close', () => {
    isOver = true;
    for (const asker of waiting.splice(0)) asker(undefined);
  });
  return () =>
    new Promise((resolve) => {
      const reply = replies.shift();
      if (reply !== undefined || isOver) resolve(reply);
      else waiting.push(resolve);
    });
}
