const LONGEST_HEADER = 524_288;
const LF = 0x0a;

/**
 * The message with at most so many signatures, the lowest ones, which are the author's; a stranger who heaps up
 * signatures gets no more work done. Chains of ARC, which nobody here asks about, go too.
 */
export function fewerSignatures(message: Buffer, most: number): Buffer {
  const fields = listFields(message);
  const signatures = fields.filter(({ name }) => name === 'dkim-signature');
  const gone = new Set(signatures.slice(0, Math.max(0, signatures.length - most)));
  const kept = fields.filter((field) => !gone.has(field) && !field.name.startsWith('arc-'));
  if (kept.length === fields.length) return message;
  const end = fields.at(-1)?.end ?? 0;
  return Buffer.concat([
    ...kept.map((field) => message.subarray(field.start, field.end)),
    message.subarray(end),
  ]);
}

interface FieldPlace {
  readonly name: string;
  readonly start: number;
  end: number;
}

/** Where each field lies, its continuation lines with it. */
function listFields(message: Buffer): readonly FieldPlace[] {
  const fields: FieldPlace[] = [];
  for (let at = 0; at < message.length && at < LONGEST_HEADER; ) {
    const lf = message.indexOf(LF, at);
    const end = lf < 0 ? message.length : lf + 1;
    const line = message.toString('latin1', at, Math.min(end, at + 80));
    if (line === '\n' || line === '\r\n') break;
    const name = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/.exec(line)?.[1]?.toLowerCase();
    const last = fields.at(-1);
    if (name === undefined && last !== undefined) last.end = end;
    else fields.push({ name: name ?? '', start: at, end });
    at = end;
  }
  return fields;
}
