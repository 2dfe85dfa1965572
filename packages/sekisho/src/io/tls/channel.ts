/** Bytes both ways between a client and us, in clear as far as we can see. */
export interface Channel {
  /** Nothing that is written from now on arrives. */
  readonly isClosed: boolean;
  /** Whether more may be written at once; if not, `drained` follows. */
  write(bytes: Buffer): boolean;
  /** Sends these bytes, and that nothing follows them. What still arrives is not handed over. */
  end(bytes?: Buffer): void;
  /** The same, and closes as soon as all is sent. */
  close(bytes?: Buffer): void;
  /** Nothing more is read until `resume`; what was read already may still be handed over. */
  pause(): void;
  resume(): void;
}

export interface ChannelEvents {
  data(bytes: Buffer): void;
  /** The client sends nothing more. Told once. */
  ended(): void;
  drained(): void;
}

/** Opens a channel whose events go to the caller; the first of them comes later. */
export type OpenChannel = (events: ChannelEvents) => Channel;
