/** Counts what each client brings, in a table of bounded size. */
export interface RateLimit {
  /** 0 when the client may go on, else the seconds after which it may. */
  take(client: string): number;
}

export interface RateLimitOptions {
  /** In the long run. */
  readonly perMinute: number;
  /** Clients remembered; beyond, the one that was silent for the longest is forgotten. */
  readonly clients: number;
  readonly nowMs: () => number;
}

interface Bucket {
  left: number;
  atMs: number;
}

const MINUTE_MS = 60_000;

/** A client may bring a whole minute's share at once. */
export function createRateLimit({ perMinute, clients, nowMs }: RateLimitOptions): RateLimit {
  // A Map keeps the order of insertion: the first entry is the one that was silent for the longest.
  const buckets = new Map<string, Bucket>();
  const refill = (client: string): Bucket => {
    const now = nowMs();
    const { left, atMs } = buckets.get(client) ?? { left: perMinute, atMs: now };
    const gained = (Math.max(0, now - atMs) * perMinute) / MINUTE_MS;
    return { left: Math.min(perMinute, left + gained), atMs: now };
  };
  const remember = (client: string, bucket: Bucket): void => {
    buckets.delete(client);
    buckets.set(client, bucket);
    if (buckets.size <= clients) return;
    for (const oldest of buckets.keys()) {
      buckets.delete(oldest);
      return;
    }
  };
  return {
    take(client) {
      const bucket = refill(client);
      const isAllowed = bucket.left >= 1;
      if (isAllowed) bucket.left -= 1;
      remember(client, bucket);
      return isAllowed ? 0 : Math.ceil(((1 - bucket.left) * MINUTE_MS) / perMinute / 1000);
    },
  };
}
