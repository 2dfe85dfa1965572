/**
 * Whom a destination burdens, in lower case: the host of an `https:` URI, the domain of a `mailto:` address. The text
 * itself where neither can be told. RFC 8460 §3.
 */
export function destinationHost(uri: string): string {
  const [, host] = /^https:\/\/([^/?#]+)/i.exec(uri) ?? /^mailto:[^?]*@([^?,@]+)/i.exec(uri) ?? [];
  return (host ?? uri).toLowerCase();
}
