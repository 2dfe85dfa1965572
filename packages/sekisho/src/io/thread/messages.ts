/** What a thread does for another: what it is asked, what it answers, and what it says unasked; all of it data. */
export interface Work {
  readonly request: unknown;
  readonly answer: unknown;
  readonly notice: unknown;
}

/** To the thread that works: calls, each with its number, or the number of one that nobody waits for any more. */
export type ToThread<W extends Work> =
  | { readonly seq: number; readonly request: W['request'] }
  | { readonly cancel: number };

/** From it: what became of a call, or something that nobody asked for. */
export type FromThread<W extends Work> =
  | { readonly seq: number; readonly answer: W['answer'] }
  | { readonly seq: number; readonly failure: string }
  | { readonly notice: W['notice'] };
