import type { MailPart } from './mail-part.ts';

/** A part that may carry a report. */
export interface ChosenPart {
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
export function chooseParts(
  parts: readonly MailPart[],
  isMessageClaimed: boolean,
): readonly ChosenPart[] {
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
