/** The world failed: a disk, a socket, a resolver that cannot be asked at all. Thrown only in `io/`. */
export class IoError extends Error {
  override readonly name = 'IoError';
  /** Closed kebab-case code, such as `store-unwritable`. */
  readonly code: string;
  /** Whether the same call may succeed later without anybody repairing anything. */
  readonly temporary: boolean;

  constructor(
    code: string,
    message: string,
    options: { readonly temporary: boolean; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.temporary = options.temporary;
  }
}
