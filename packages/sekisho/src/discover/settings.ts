/** The spans that govern looking up and keeping; see the `policies` section of the configuration. */
export interface DiscoverSettings {
  /** A policy whose id was compared longer ago than this is checked in the background on use. Default 300. */
  readonly recheckSeconds: number;
  /** Every policy is fetched about this often, whatever the DNS says (RFC 8461 §10.2). Default 86400. */
  readonly refreshSeconds: number;
  /** Between failed fetches of one id (RFC 8461 §3.3). Default 300. */
  readonly holdBackSeconds: number;
  /** Bounds of how long "no policy" is believed, whatever the SOA says. Defaults 60 and 3600. */
  readonly negativeMinSeconds: number;
  readonly negativeMaxSeconds: number;
  /** Domains held in memory; the store keeps the rest. Default 2000. */
  readonly memoryEntries: number;
  /** A lookup answers by then at the latest, with `uncertain` if it must. Default 15000. */
  readonly lookupDeadlineMs: number;
}

export const DEFAULT_DISCOVER_SETTINGS: DiscoverSettings = {
  recheckSeconds: 300,
  refreshSeconds: 86_400,
  holdBackSeconds: 300,
  negativeMinSeconds: 60,
  negativeMaxSeconds: 3600,
  memoryEntries: 2000,
  lookupDeadlineMs: 15_000,
};
