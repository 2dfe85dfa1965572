/** Posts JSON to a webhook; resolves to what went wrong. The URL, which may be a secret, is never told. */
export async function postAlert(
  url: string,
  text: string,
  timeoutMs: number,
): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    return response.ok ? undefined : `the webhook answered with status ${response.status}`;
  } catch (error) {
    const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    return `the webhook cannot be reached: ${code ?? message}`;
  }
}
