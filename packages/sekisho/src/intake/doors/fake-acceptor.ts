import type { Acceptance, Acceptor, ArrivedBody, ArrivedMessage } from '../accept/acceptor.ts';

/** An acceptor for tests: keeps what it is given and answers as it is told. */
export interface FakeAcceptor extends Acceptor {
  readonly arrived: (ArrivedMessage | ArrivedBody)[];
  /** Answers in this order, then `stored`. */
  readonly answers: (Acceptance | Promise<Acceptance>)[];
  /** Resolves when so much has arrived in all. */
  untilArrived(count: number): Promise<void>;
}

/** @param largestBytes default 1,000. */
export function createFakeAcceptor(largestBytes = 1000): FakeAcceptor {
  const arrived: (ArrivedMessage | ArrivedBody)[] = [];
  const answers: (Acceptance | Promise<Acceptance>)[] = [];
  const waiting = new Set<{ readonly count: number; readonly wake: () => void }>();
  const accept = async (arrival: ArrivedMessage | ArrivedBody): Promise<Acceptance> => {
    arrived.push(arrival);
    for (const { count, wake } of waiting) if (arrived.length >= count) wake();
    return (
      (await answers.shift()) ?? { kind: 'stored', reportId: String(arrived.length), repairs: 0 }
    );
  };
  return {
    arrived,
    answers,
    largestBytes,
    acceptMessage: accept,
    acceptBody: accept,
    untilArrived: (count) =>
      new Promise((wake) => {
        if (arrived.length >= count) wake();
        else waiting.add({ count, wake });
      }),
  };
}
