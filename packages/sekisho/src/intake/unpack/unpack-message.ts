import { decodePart } from './decode-part.ts';
import type { IntakeLimits } from './limits.ts';
import type { MailPart } from './mail-part.ts';
import { type MessageOrigin, readOrigin } from './message-origin.ts';
import { openPayload } from './open-payload.ts';
import { readHeader } from './read-header.ts';
import { readParts } from './read-parts.ts';

/** The text of something that may be a report. */
export interface FoundText {
  readonly bytes: Buffer;
  /** As the part or the archive names it. */
  readonly fileName?: string;
  /** It is said to be a report: if it is none, that is a fault, and no letter that happens to hold JSON. */
  readonly isClaimed: boolean;
}

/** What was found in an arrival. */
export interface Unpacked {
  readonly origin: MessageOrigin;
  readonly texts: readonly FoundText[];
  /** Why what claims to be a report cannot be opened. */
  readonly problems: readonly string[];
}

const NO_ORIGIN: MessageOrigin = { isClaimed: false };

/** Takes a message apart and opens what may be a report in it. Bounded by the limits in time and memory. RFC 8460 §5.3. */
export async function unpackMessage(message: Buffer, limits: IntakeLimits): Promise<Unpacked> {
  const header = readHeader(message, limits);
  if (header === undefined)
    return { origin: NO_ORIGIN, texts: [], problems: ['the header of the message is too long'] };
  const origin = readOrigin(header);
  const read = readParts(header, message.subarray(header.bodyStart), limits);
  if (read.kind === 'too-much')
    return { origin, texts: [], problems: origin.isClaimed ? [read.problem] : [] };
  const chosen = chooseParts(read.parts, origin.isClaimed);
  const opened = await openParts(chosen, origin.isClaimed, limits);
  const isNothing = opened.texts.length === 0 && opened.problems.length === 0;
  return isNothing && origin.isClaimed
    ? { origin, texts: [], problems: ['no part of it holds a report'] }
    : { origin, ...opened };
}

async function openParts(
  chosen: readonly ChosenPart[],
  isMessageClaimed: boolean,
  limits: IntakeLimits,
): Promise<Pick<Unpacked, 'texts' | 'problems'>> {
  const texts: FoundText[] = [];
  const problems: string[] = [];
  let budgetBytes = limits.reportBytes;
  for (const { part, isClaimed } of chosen) {
    if (texts.length > limits.reports) break;
    const opened = await openPayload(decodePart(part), budgetBytes, limits);
    if (opened.kind === 'unusable') {
      if (isClaimed || isMessageClaimed) problems.push(opened.problem);
      continue;
    }
    for (const { bytes, fileName = part.fileName } of opened.texts) {
      budgetBytes -= bytes.length;
      if (isClaimed || isObject(bytes))
        texts.push({ bytes, ...(fileName === undefined ? {} : { fileName }), isClaimed });
    }
  }
  return texts.length > limits.reports
    ? { texts: [], problems: [`it holds more than ${limits.reports} reports`] }
    : { texts, problems };
}

/** Whether it begins as JSON objects do, a byte order mark aside. */
function isObject(bytes: Buffer): boolean {
  return /^(?:\xef\xbb\xbf)?\s*\{/.test(bytes.toString('latin1', 0, 64));
}

/** A part that may carry a report. */
interface ChosenPart {
  readonly part: MailPart;
  /** It says so itself, so that it is a fault if it does not. */
  readonly isClaimed: boolean;
}

/** Also without the `+`, and in a zip, as some write. */
const REPORT_TYPE = /^application\/tlsrpt(?:\+(?:json|gzip|zip))?$/;
const PLAIN_TYPE =
  /^application\/(?:json|gzip|x-gzip|gzip-compressed|zip|x-zip|x-zip-compressed|octet-stream|binary)$/;
/** A name of RFC 8460 §5.1, or what is left of one. */
const REPORT_NAME = /![^!]+!.*\.json(?:\.gz|\.gzip)?\s*$/i;
const OTHER_NAME = /\.(?:json|gz|gzip|zip)\s*$/i;

/**
 * Which parts may carry a report: those of its media types, and those of the general types for JSON and archives by
 * their name, labels being often wrong. When a message claims to carry one, any part but text is looked at last.
 * RFC 8460 §5.3.
 */
function chooseParts(parts: readonly MailPart[], isMessageClaimed: boolean): readonly ChosenPart[] {
  const chosen = parts.flatMap((part): ChosenPart[] => {
    const { type, fileName = '' } = part;
    const isClaimed = REPORT_TYPE.test(type) || REPORT_NAME.test(fileName);
    const isXml = /\.xml(?:\.gz|\.zip)?\s*$/i.test(fileName);
    const isLikely = PLAIN_TYPE.test(type) && (fileName === '' || OTHER_NAME.test(fileName));
    return isClaimed || (isLikely && !isXml) ? [{ part, isClaimed }] : [];
  });
  if (chosen.length > 0 || !isMessageClaimed) return chosen;
  return parts
    .filter(({ type }) => !type.startsWith('multipart/') && !type.startsWith('message/'))
    .map((part) => ({ part, isClaimed: false }));
}

/**
 * Opens a report that came without a message around it. Neither its media type nor its content coding is believed:
 * both are seen in the bytes. RFC 8460 §5.4.
 */
export async function unpackBody(
  body: Buffer,
  fileName: string | undefined,
  limits: IntakeLimits,
): Promise<Pick<Unpacked, 'texts' | 'problems'>> {
  const opened = await openPayload(body, limits.reportBytes, limits);
  if (opened.kind === 'unusable') return { texts: [], problems: [opened.problem] };
  const texts = opened.texts.map((text): FoundText => {
    const name = text.fileName ?? fileName;
    return {
      bytes: text.bytes,
      ...(name === undefined ? {} : { fileName: name }),
      isClaimed: true,
    };
  });
  return { texts, problems: texts.length === 0 ? ['its archive is empty'] : [] };
}
