import { connect, type Socket } from 'node:net';
import { createTrust } from '../https/index.ts';
import type { HandOverOptions, MailHandOver, MailOut, OutgoingMail } from './mail-out.ts';
import {
  assertLoginIsSafe,
  createSmtpSession,
  createStageWatch,
  type HeldMessage,
  type SmtpFailure,
  type SmtpMailOutOptions,
  toOutcome,
  untilCommit,
} from './smtp-session.ts';

interface Ended {
  readonly outcome: MailHandOver;
  readonly isTlsFailure: boolean;
}

type Attempt = (
  options: SmtpMailOutOptions,
  mail: OutgoingMail,
  handOver: HandOverOptions,
) => Promise<Ended>;

/**
 * Makes the way out by SMTP (RFC 5321): one connection a message, to the operator's own mail server. Never asks for
 * SMTPUTF8 or REQUIRETLS.
 *
 * @throws TypeError when the options cannot be used.
 */
export function createSmtpMailOut(options: SmtpMailOutOptions): MailOut {
  assertLoginIsSafe(options);
  const attempt = createAttempt(createTrust(options.ca));
  return {
    async handOver(mail, handOver) {
      const first = await attempt(options, mail, handOver);
      // A handshake that fails must not keep back the report about handshakes that fail (RFC 8460 §5.3.1).
      return first.isTlsFailure && options.tls === 'opportunistic'
        ? (await attempt({ ...options, tls: 'off' }, mail, handOver)).outcome
        : first.outcome;
    },
  };
}

function createAttempt(secureContext: ReturnType<typeof createTrust>): Attempt {
  return async (options, mail, { beforeCommit, signal }) => {
    const { clock, timeoutMs = 300_000, replyTimeoutMs = 600_000 } = options;
    const broken = createBreak();
    const giveUp = (problem: string): void => broken.reject(toError(problem));
    const watch = createStageWatch(clock, giveUp);
    const cancel = (): void => giveUp('cancelled');
    const onEnded = (): void => watch.start('waiting for the reply to the message', replyTimeoutMs);
    const held = untilCommit(mail.message, beforeCommit, onEnded);
    held.stream.on('error', broken.reject);
    const socket = connect({ host: options.host, port: options.port });
    const session = createSmtpSession(socket, options, secureContext, broken.reject);
    const converse = async (): Promise<string> => {
      watch.start('connecting', timeoutMs);
      await connected(socket);
      watch.start('waiting for the greeting, or in the TLS handshake', timeoutMs);
      await session.open();
      watch.start('signing in', timeoutMs);
      await session.logIn();
      watch.start('sending the message', timeoutMs);
      return session.send(mail, held.stream);
    };
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted === true) cancel();
    const outcome = await judge(Promise.race([broken.rejection, converse()]), held);
    const ended = { outcome, isTlsFailure: session.isUpgrading };
    watch.stop();
    signal?.removeEventListener('abort', cancel);
    session.part(outcome.kind === 'taken');
    held.stream.destroy();
    return ended;
  };
}

/** What ends a conversation from outside. */
function createBreak() {
  let reject: (error: Error) => void = () => undefined;
  const rejection = new Promise<never>((_resolve, settle) => {
    reject = settle;
  });
  return { rejection, reject };
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    // Stays for the life of the socket: an error after the outcome would otherwise end the process.
    socket.on('error', reject);
    socket.once('connect', resolve);
  });
}

/** A reply that comes before the end of the message is none to the message, whatever it says. */
async function judge(conversation: Promise<string>, held: HeldMessage): Promise<MailHandOver> {
  try {
    const detail = await conversation;
    return held.isEnded
      ? { kind: 'taken', detail }
      : { kind: 'later', problem: `mail server answered before the end of the message: ${detail}` };
  } catch (error) {
    return toOutcome(error as SmtpFailure, held.isEnded);
  }
}

function toError(problem: string): Error {
  return Object.assign(new Error(problem), { code: 'EGIVENUP' });
}
