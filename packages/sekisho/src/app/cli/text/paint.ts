/** Colours by meaning; without colours every function returns its text unchanged. */
export interface Paint {
  readonly strong: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly careful: (text: string) => string;
}

/** Escape sequences of ECMA-48; only ever around text that is already fit for a terminal. */
export function createPaint(colours: boolean): Paint {
  const style = (code: number, end: number) => (text: string) =>
    colours && text !== '' ? `\x1b[${String(code)}m${text}\x1b[${String(end)}m` : text;
  return {
    strong: style(1, 22),
    dim: style(2, 22),
    good: style(32, 39),
    bad: style(31, 39),
    careful: style(33, 39),
  };
}
