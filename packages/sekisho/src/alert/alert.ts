/** `error`: mail is not delivered because of it, or work is not done. `warning`: it will come to that, or may. */
export type AlertSeverity = 'error' | 'warning';

/** What an alert is about; none of them for one about a whole role. Texts are escaped. */
export interface AlertSubject {
  readonly domain?: string;
  readonly mxHost?: string;
  /** Domain of the reporter. */
  readonly submitter?: string;
}

/** Something that is wrong and that somebody should know of. Texts are escaped. */
export interface Alert<Code extends string = string> {
  readonly code: Code;
  /** With the code its identity: what is found about the same subject again is the same alert. */
  readonly subject: AlertSubject;
  readonly severity: AlertSeverity;
  /** What was found, in sentences. May say something else each time, which is no news by itself. */
  readonly message: string;
  /** What the operator can do. */
  readonly remedy: string;
  /** What it means, in words that are never shown: it is told again when there is one that was not told yet. */
  readonly aspects?: readonly string[];
}

/** An alert that was seen to be over. */
export interface EndedAlert<Code extends string = string> {
  readonly code: Code;
  readonly subject: AlertSubject;
  /** What is seen instead. Escaped. */
  readonly message: string;
}

/** What a look found. An alert in neither list was not looked at, and stays as it is. */
export interface Findings<Code extends string = string> {
  readonly alerts: readonly Alert<Code>[];
  /** Those that never stood, or are over already, are passed over. */
  readonly over: readonly EndedAlert<Code>[];
}

/** `raised`: new. `changed`: means something more. `repeated`: stands still. `over`: does not stand any more. */
export type AlertKind = 'raised' | 'changed' | 'repeated' | 'over';

/** What was told of an alert last, and to whom: a row of the table, and what a receiver is told. */
export interface AlertState<Code extends string = string> {
  readonly key: string;
  readonly code: Code;
  readonly subject: AlertSubject;
  readonly severity: AlertSeverity;
  readonly kind: AlertKind;
  readonly message: string;
  /** Absent when it is over. */
  readonly remedy?: string;
  /** Severities and aspects told since it was raised or repeated last. */
  readonly heard: readonly string[];
  readonly raisedAtMs: number;
  /** When this was decided to be told. */
  readonly toldAtMs: number;
  readonly endedAtMs?: number;
  /** Names of the channels that have taken it. */
  readonly toldTo: readonly string[];
  /** Whether all channels have. */
  readonly isDelivered: boolean;
}

/** For each code, how it is told; `docs/alerts.md` shows the same. */
export type AlertRules<Code extends string = string> = Readonly<
  Record<
    Code,
    {
      readonly severities: readonly AlertSeverity[];
      /** Told again after so long while it is found. */
      readonly repeatMs: number | 'never';
    }
  >
>;

/** The identity of an alert, as one word for each part. */
export function alertKey(code: string, { domain, mxHost, submitter }: AlertSubject): string {
  return [code, domain, mxHost, submitter]
    .filter((part) => part !== undefined)
    .map((part) => part.replaceAll(/[%\s]/gu, (sign) => `%${sign.charCodeAt(0).toString(16)}`))
    .join(' ');
}
