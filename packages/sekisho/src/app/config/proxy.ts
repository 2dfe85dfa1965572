type ProxyResult =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: string };

/** Checks the URL of an HTTP proxy; the word `off` is left as it is. */
export function parseProxy(text: string): ProxyResult {
  if (text === 'off') return { ok: true, value: text };
  if (!URL.canParse(text)) return { ok: false, problem: 'it is no URL' };
  const { protocol, pathname, search, hash } = new URL(text);
  if (protocol !== 'http:') return { ok: false, problem: 'the scheme is not "http"' };
  return pathname === '/' && search === '' && hash === ''
    ? { ok: true, value: text }
    : { ok: false, problem: 'a proxy has no path' };
}

/** The URL without user name and password. */
export function redactProxy(text: string): string {
  return text.replace(/^((?:\w+:\/\/)?).*@/su, '$1***@');
}
