import { type Extension, isFieldName, isRecordValue } from '../text/extension.ts';
import { quote } from '../text/quote.ts';
import { isRecordId } from './sts-record.ts';

/**
 * Writes a record in the form that every reader accepts: `v=STSv1; id=…;` and the extensions behind it. RFC 8461 §3.1.
 *
 * @throws TypeError if the id or an extension cannot be written, or a name occurs twice.
 * @example
 * ```ts
 * import { formatStsRecord } from '@sekisho/spec';
 *
 * assert.equal(formatStsRecord({ id: '20260101T000000' }), 'v=STSv1; id=20260101T000000;');
 * ```
 */
export function formatStsRecord(record: {
  readonly id: string;
  readonly extensions?: readonly Extension[];
}): string {
  const { id, extensions = [] } = record;
  if (!isRecordId(id)) throw refusal(`id ${quote(id)}`, '1 to 32 letters or digits');
  const names = new Set(['v', 'id']);
  for (const { name, value } of extensions) {
    if (!isFieldName(name) || !isRecordValue(value) || names.has(name)) {
      const allowed = 'a new name, and visible characters without = and ;';
      throw refusal(`field ${quote(`${name}=${value}`)}`, allowed);
    }
    names.add(name);
  }
  return [
    'v=STSv1;',
    `id=${id};`,
    ...extensions.map(({ name, value }) => `${name}=${value};`),
  ].join(' ');
}

function refusal(given: string, allowed: string): TypeError {
  return new TypeError(`Cannot write ${given}: must be ${allowed} (RFC 8461 §3.1)`);
}
