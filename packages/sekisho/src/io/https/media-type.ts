/**
 * Whether a Content-Type header names `text/plain`, in any case and with any parameters, which do not
 * count (RFC 8461 §3.2).
 */
export function isTextPlain(contentType: string | undefined): boolean {
  return contentType !== undefined && /^[ \t]*text\/plain[ \t]*(?:;|$)/i.test(contentType);
}
