type UrlResult =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: string };

function refuse(text: string): string | undefined {
  if (!URL.canParse(text)) return 'it is no URL';
  const { protocol, username, password, hash } = new URL(text);
  if (protocol !== 'https:') return 'the scheme is not "https"';
  if (username !== '' || password !== '') return 'it holds a password';
  return hash === '' ? undefined : 'it has a fragment';
}

/** Reads the URL of a certificate authority's directory (RFC 8555 §7.1.1); the word `off` is left as it is. */
export function parseDirectoryUrl(text: string): UrlResult {
  const problem = text === 'off' ? undefined : refuse(text);
  return problem === undefined ? { ok: true, value: text } : { ok: false, problem };
}

/** Reads one address of `rua` (RFC 8460 §3): what would end the address in a record is refused. */
export function parseReportAddress(text: string): UrlResult {
  if (!/^[\x21-\x7e]+$/u.test(text) || /[,;!]/u.test(text))
    return { ok: false, problem: 'it holds a space, a comma, a semicolon or "!"' };
  if (/^mailto:[^@]+@[^@]+$/u.test(text)) return { ok: true, value: text };
  const problem = refuse(text);
  return problem === undefined
    ? { ok: true, value: text }
    : { ok: false, problem: 'it is neither a "mailto:" nor an "https:" address' };
}

/** Reads a mail address to be reached at, with or without `mailto:`; the value is without. */
export function parseContact(text: string): UrlResult {
  const address = text.replace(/^mailto:/iu, '');
  return /^[\x21-\x7e]+@[a-z0-9.-]+$/iu.test(address) && !/[,;?]/u.test(address)
    ? { ok: true, value: address }
    : { ok: false, problem: 'it is no mail address' };
}
