import type { Delivery } from '../../../report/store/index.ts';
import type { TextStyle } from '../text/style.ts';
import { formatDistance } from '../text/time.ts';

/** The sign in front of a delivery. */
export function markOf({ state }: Delivery, { marks }: TextStyle): string {
  switch (state) {
    case 'sent':
      return marks.done;
    case 'waiting':
    case 'committing':
      return marks.waiting;
    case 'given-up':
    case 'uncertain':
      return marks.failed;
    case 'held':
    case 'spared':
      return marks.unknown;
  }
}

/** How far a report has come at a destination, in a few words. */
export function describeDelivery(delivery: Delivery, { nowMs, paint }: TextStyle): string {
  const { state, attempts, nextAttemptAtMs, endedAtMs } = delivery;
  const ended = endedAtMs === undefined ? '' : ` ${formatDistance(endedAtMs, nowMs)}`;
  const tried = attempts === 1 ? 'tried once' : `tried ${String(attempts)} times`;
  switch (state) {
    case 'sent':
      return `sent${ended}`;
    case 'waiting': {
      const due = formatDistance(Math.max(nowMs, nextAttemptAtMs), nowMs);
      return attempts === 0 ? `due ${due}` : paint.careful(`${tried}, again ${due}`);
    }
    case 'committing':
      return 'under way';
    case 'given-up':
      return paint.bad(`given up${ended}, ${tried}`);
    case 'uncertain':
      return paint.careful(`may have arrived, ${tried}`);
    case 'held':
      return paint.dim('held');
    case 'spared':
      return paint.dim('not needed');
  }
}
