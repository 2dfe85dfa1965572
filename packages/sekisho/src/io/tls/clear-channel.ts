import type { Socket } from 'node:net';
import type { Channel, ChannelEvents } from './channel.ts';

/** A connection without TLS. */
export function openClearChannel(socket: Socket, events: ChannelEvents): Channel {
  let isEnding = false;
  socket.on('data', (bytes: Buffer) => {
    if (!isEnding) events.data(bytes);
  });
  socket.on('end', () => events.ended());
  return {
    get isClosed() {
      return socket.destroyed;
    },
    write(bytes) {
      if (socket.write(bytes)) return true;
      socket.once('drain', () => events.drained());
      return false;
    },
    end(bytes) {
      isEnding = true;
      if (bytes === undefined) socket.end();
      else socket.end(bytes);
    },
    close(bytes) {
      isEnding = true;
      if (bytes !== undefined) socket.write(bytes);
      closeWhenSent(socket);
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
  };
}

/** Without the shutdown before it where all is with the kernel already, which sends it just the same. */
export function closeWhenSent(socket: Socket): void {
  if (socket.writableLength === 0) socket.destroy();
  else socket.destroySoon();
}
