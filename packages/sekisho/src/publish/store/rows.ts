import type { Domain, StsMode } from '@sekisho/spec';
import type {
  CertificateState,
  Change,
  ChangePurpose,
  ChangeStep,
  FetchCount,
  PolicyVersion,
  Problem,
  ProbeRecord,
  PublishEvent,
  PublishedDomain,
} from './publish-store.ts';

/** A row of `domains`; the change's columns are null together. */
export interface DomainRow {
  readonly domain: Domain;
  readonly added_at_ms: number;
  readonly served: number | null;
  readonly announced: number | null;
  readonly leaving_since_ms: number | null;
  readonly last_failure: string | null;
  readonly live_mx: string | null;
  readonly next_probe_at_ms: number;
  readonly change_version: number | null;
  readonly change_purpose: ChangePurpose;
  readonly change_step: ChangeStep;
  readonly change_started_at_ms: number;
  readonly change_step_since_ms: number;
  readonly change_attempts: number;
  readonly change_next_attempt_at_ms: number;
  readonly change_problem: string | null;
  readonly change_supersedes: string | null;
}

export interface VersionRow {
  readonly domain: Domain;
  readonly number: number;
  readonly id: string;
  readonly body: string;
  readonly mode: StsMode;
  readonly max_age_seconds: number;
  readonly mx: string;
  readonly created_at_ms: number;
  readonly created_by: string;
  readonly reason: string | null;
  readonly overrides: string;
  readonly served_from_ms: number | null;
  readonly served_until_ms: number | null;
  readonly announced_at_ms: number | null;
}

export interface ProbeRow {
  readonly domain: Domain;
  readonly mx_host: string;
  readonly address: string | null;
  readonly at_ms: number;
  readonly code: string;
  readonly detail: string;
  readonly not_after_ms: number | null;
}

export interface FetchRow {
  readonly domain: Domain;
  readonly id: string;
  readonly address: string;
  readonly user_agent: string;
  readonly first_at_ms: number;
  readonly last_at_ms: number;
  readonly count: number;
}

export interface CertificateRow {
  readonly domain: Domain;
  readonly not_before_ms: number | null;
  readonly not_after_ms: number | null;
  readonly next_attempt_at_ms: number;
  readonly failures: number;
  readonly problem: string | null;
  readonly order_url: string | null;
}

export interface EventRow {
  readonly domain: Domain;
  readonly at_ms: number;
  readonly code: string;
  readonly by: string;
  readonly message: string;
}

/** A domain as callers see it: what is null in the row is absent. */
export function domainOf(row: DomainRow): PublishedDomain {
  return {
    domain: row.domain,
    addedAtMs: row.added_at_ms,
    ...optional('served', row.served),
    ...optional('announced', row.announced),
    ...optional('change', changeOf(row)),
    ...optional('leavingSinceMs', row.leaving_since_ms),
    ...optional('lastFailure', read(row.last_failure) as PublishedDomain['lastFailure'] | null),
    ...optional('liveMx', read(row.live_mx) as PublishedDomain['liveMx'] | null),
    nextProbeAtMs: row.next_probe_at_ms,
  };
}

function changeOf(row: DomainRow): Change | null {
  return row.change_version === null
    ? null
    : {
        version: row.change_version,
        purpose: row.change_purpose,
        step: row.change_step,
        startedAtMs: row.change_started_at_ms,
        stepSinceMs: row.change_step_since_ms,
        attempts: row.change_attempts,
        nextAttemptAtMs: row.change_next_attempt_at_ms,
        ...optional('problem', read(row.change_problem) as Problem | null),
        ...optional('supersedes', read(row.change_supersedes) as Change['supersedes'] | null),
      };
}

export function versionOf(row: VersionRow): PolicyVersion {
  return {
    domain: row.domain,
    number: row.number,
    id: row.id,
    body: row.body,
    mode: row.mode,
    maxAgeSeconds: row.max_age_seconds,
    mx: read(row.mx) as readonly string[],
    createdAtMs: row.created_at_ms,
    createdBy: row.created_by,
    ...optional('reason', row.reason),
    overrides: read(row.overrides) as readonly string[],
    ...optional('servedFromMs', row.served_from_ms),
    ...optional('servedUntilMs', row.served_until_ms),
    ...optional('announcedAtMs', row.announced_at_ms),
  };
}

export function probeOf(row: ProbeRow): ProbeRecord {
  return {
    domain: row.domain,
    mxHost: row.mx_host,
    ...optional('address', row.address),
    atMs: row.at_ms,
    code: row.code,
    detail: row.detail,
    ...optional('notAfterMs', row.not_after_ms),
  };
}

export function fetchOf(row: FetchRow): FetchCount {
  return {
    domain: row.domain,
    id: row.id,
    address: row.address,
    userAgent: row.user_agent,
    firstAtMs: row.first_at_ms,
    lastAtMs: row.last_at_ms,
    count: row.count,
  };
}

export function certificateOf(row: CertificateRow): CertificateState {
  return {
    domain: row.domain,
    ...optional('notBeforeMs', row.not_before_ms),
    ...optional('notAfterMs', row.not_after_ms),
    nextAttemptAtMs: row.next_attempt_at_ms,
    failures: row.failures,
    ...optional('problem', read(row.problem) as Problem | null),
    ...optional('orderUrl', row.order_url),
  };
}

export function eventOf(row: EventRow): PublishEvent {
  return {
    domain: row.domain,
    atMs: row.at_ms,
    code: row.code,
    by: row.by,
    message: row.message,
  };
}

/** For a column: JSON, or null for what is absent. */
export function jsonOf(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** Nobody but this folder writes these columns. */
function read(json: string | null): unknown {
  return json === null ? null : JSON.parse(json);
}

function optional<Key extends string, Value>(
  key: Key,
  value: Value | null,
): { readonly [K in Key]?: NonNullable<Value> } {
  return value === null ? {} : ({ [key]: value } as { readonly [K in Key]?: NonNullable<Value> });
}
