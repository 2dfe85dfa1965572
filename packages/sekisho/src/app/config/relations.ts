import type { ConfigProblem } from './config-error.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import type { Settings } from './schema.ts';

/** Settings that make sense only together. */
export function findContradictions(settings: Settings): readonly ConfigProblem[] {
  return [...findWrongOrder(settings), ...findSharedAddresses(settings)];
}

function findWrongOrder({ dns, policies }: Settings): readonly ConfigProblem[] {
  const pairs = [
    {
      low: ['policies.negativeMinSeconds', policies.negativeMinSeconds],
      high: ['policies.negativeMaxSeconds', policies.negativeMaxSeconds],
    },
    { low: ['dns.timeoutMs', dns.timeoutMs], high: ['dns.deadlineMs', dns.deadlineMs] },
  ] as const;
  return pairs
    .filter(({ low, high }) => low[1] > high[1])
    .map(({ low, high }) => ({
      where: low[0],
      message: `given is ${String(low[1])}, allowed is at most ${high[0]}, which is ${String(high[1])}`,
    }));
}

/** Port 0 lets the system choose, another one each time. */
function isFixed(address: ListenAddress): boolean {
  return address.kind === 'unix' || address.port !== 0;
}

function findSharedAddresses({ listen }: Settings): readonly ConfigProblem[] {
  const { socketmap, admin } = listen;
  const used = [
    ...socketmap.map((address) => ({ where: 'listen.socketmap', address })),
    ...(admin === 'off' ? [] : [{ where: 'listen.admin', address: admin }]),
  ]
    .filter(({ address }) => isFixed(address))
    .map(({ where, address }) => ({ where, text: formatListenAddress(address) }));
  return used
    .filter(({ text }, index) => used.slice(0, index).some((other) => other.text === text))
    .map(({ where, text }) => ({
      where,
      message: `given is ${JSON.stringify(text)}, which listen.socketmap has already; allowed is each address once`,
    }));
}
