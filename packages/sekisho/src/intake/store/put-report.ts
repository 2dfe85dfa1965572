import type { DatabaseSync } from 'node:sqlite';
import { cutText } from './cut-text.ts';
import type { ArrivedReport, PutOutcome } from './intake-store.ts';
import { CONFLICTS_PER_REPORT } from './limits.ts';
import type { Names } from './names.ts';
import { type OutlinedReport, outlineReport } from './outline-report.ts';
import { packBytes } from './packed-bytes.ts';
import { createDetailTable } from './detail-table.ts';
import { createRollUp, type Contribution } from './roll-up.ts';

interface Kept {
  readonly id: number;
  readonly hash: Uint8Array;
  readonly verified: number;
  readonly has_details: number;
  readonly received_ms: number;
  readonly submitter: string;
}

/**
 * Makes the call that takes a report in; the caller holds the transaction. A copy of a report is known by its submitter,
 * id, range and domains. Verified is told from not verified: a verified copy takes the place of one that is not,
 * whatever that says, and never the other way round, so that nobody can keep a report out by forging it first.
 */
export function createPutReport(database: DatabaseSync, names: Names) {
  const statements = prepare(database);
  const details = createDetailTable(database, names);
  const rollUp = createRollUp(database, names);

  const write = (id: number, arrived: ArrivedReport, outline: OutlinedReport): void => {
    details.put(id, outline);
    statements.putRaw.run(id, arrived.receivedAtMs, packBytes(arrived.raw));
    rollUp.add(contributionOf(arrived, outline));
  };
  const insert = (arrived: ArrivedReport, outline: OutlinedReport): PutOutcome => {
    const head = headColumns(arrived, outline);
    const submitter = names.idOf(arrived.submitter);
    const { lastInsertRowid } = statements.insert.run({ ...head, submitter });
    write(Number(lastInsertRowid), arrived, outline);
    return { kind: 'stored', reportId: String(lastInsertRowid) };
  };
  const upgrade = (kept: Kept, arrived: ArrivedReport, outline: OutlinedReport): void => {
    const { day } = outline;
    const former = { day, isVerified: false, receivedAtMs: kept.received_ms };
    rollUp.remove({ ...former, submitter: kept.submitter, ...details.read(kept.id) });
    details.remove(kept.id);
    statements.removeRaw.run(kept.id);
    const { key: _same, ...head } = headColumns(arrived, outline);
    statements.upgrade.run({ ...head, id: kept.id });
    write(kept.id, arrived, outline);
  };
  const keepConflict = (kept: Kept, arrived: ArrivedReport, hash: Uint8Array): boolean => {
    if (statements.findConflict.get(kept.id, hash) !== undefined) return true;
    const { changes } = statements.countConflict.run(kept.id);
    if (changes === 0) return false;
    const { receivedAtMs, channel, trust } = arrived;
    const bytes = packBytes(arrived.raw);
    const text = JSON.stringify(trust);
    statements.putConflict.run(kept.id, hash, receivedAtMs, channel, text, bytes);
    return true;
  };

  return (arrived: ArrivedReport): PutOutcome => {
    const outline = outlineReport(arrived);
    const kept = statements.find.get(outline.day, outline.key) as Kept | undefined;
    if (kept === undefined) return insert(arrived, outline);
    const duplicate = { kind: 'duplicate', reportId: String(kept.id), isUpgrade: false } as const;
    if (outline.isVerified && kept.verified === 0) {
      // Without its details, what the former copy added cannot be taken out again.
      if (kept.has_details === 0) return duplicate;
      upgrade(kept, arrived, outline);
      return { ...duplicate, isUpgrade: true };
    }
    const isSameTrust = outline.isVerified === (kept.verified === 1);
    if (!isSameTrust || Buffer.compare(kept.hash, outline.hash) === 0) return duplicate;
    return keepConflict(kept, arrived, outline.hash)
      ? { ...duplicate, isConflicting: true }
      : duplicate;
  };
}

function prepare(database: DatabaseSync) {
  return {
    find: database.prepare(`
      SELECT r.id, r.hash, r.verified, r.has_details, r.received_ms, s.name AS submitter
      FROM reports r JOIN names s ON s.id = r.submitter WHERE r.day = ? AND r.key = ?`),
    insert: database.prepare(`
      INSERT INTO reports (day, key, hash, verified, submitter, given_id, organization, contact, start_ms,
        end_ms, received_ms, channel, trust, issues, issue_count, successful, failed, has_details, conflicts)
      VALUES (:day, :key, :hash, :verified, :submitter, :givenId, :organization, :contact, :startMs,
        :endMs, :receivedMs, :channel, :trust, :issues, :issueCount, :successful, :failed, 1, 0)`),
    upgrade: database.prepare(`
      UPDATE reports SET day = :day, hash = :hash, verified = :verified, given_id = :givenId,
        organization = :organization, contact = :contact, start_ms = :startMs, end_ms = :endMs,
        received_ms = :receivedMs, channel = :channel, trust = :trust, issues = :issues,
        issue_count = :issueCount, successful = :successful, failed = :failed
      WHERE id = :id`),
    putRaw: database.prepare('INSERT INTO raw (report, received_ms, bytes) VALUES (?, ?, ?)'),
    removeRaw: database.prepare('DELETE FROM raw WHERE report = ?'),
    findConflict: database.prepare('SELECT id FROM conflicts WHERE report = ? AND hash = ?'),
    countConflict: database.prepare(`
      UPDATE reports SET conflicts = conflicts + 1
      WHERE id = ? AND conflicts < ${CONFLICTS_PER_REPORT}`),
    putConflict: database.prepare(`
      INSERT INTO conflicts (report, hash, received_ms, channel, trust, bytes)
      VALUES (?, ?, ?, ?, ?, ?)`),
  };
}

function headColumns(arrived: ArrivedReport, outline: OutlinedReport) {
  const { report, issues, trust, receivedAtMs, channel } = arrived;
  const total = (name: 'successful' | 'failed') =>
    outline.counts.reduce((sum, count) => sum + count[name], 0);
  return {
    day: outline.day,
    key: outline.key,
    hash: outline.hash,
    verified: outline.isVerified ? 1 : 0,
    givenId: cutText(report.reportId),
    organization: cutText(report.organizationName ?? ''),
    contact: cutText(report.contactInfo ?? ''),
    startMs: report.startMs,
    endMs: report.endMs,
    receivedMs: receivedAtMs,
    channel,
    trust: JSON.stringify(trust),
    issues: issues.length === 0 ? null : JSON.stringify(issues),
    issueCount: issues.length,
    successful: total('successful'),
    failed: total('failed'),
  };
}

function contributionOf(arrived: ArrivedReport, outline: OutlinedReport): Contribution {
  const { submitter, receivedAtMs } = arrived;
  const { day, isVerified, entries, counts } = outline;
  return { day, isVerified, entries, counts, submitter, receivedAtMs };
}
