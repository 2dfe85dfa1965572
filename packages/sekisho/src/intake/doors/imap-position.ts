/** How far a mailbox was read. */
export interface ImapPosition {
  readonly uidValidity: string;
  /** This message and all before it are done with, but for those set aside. */
  readonly lastUid: number;
  /** Messages whose sender the DNS tells nothing about, in ascending order, at most 100; they are tried again. */
  readonly setAside: readonly number[];
}

/** Where the position is kept; both may throw IoError. */
export interface ImapState {
  load(): Promise<ImapPosition | undefined>;
  /** When it resolves, it has survived a kill. */
  save(position: ImapPosition): Promise<void>;
}

const MOST_SET_ASIDE = 100;

/** Where to go on in a mailbox: at its beginning when its UIDs do not mean what they meant. */
export function resumeAt(uidValidity: string, kept: ImapPosition | undefined): ImapPosition {
  return kept?.uidValidity === uidValidity ? kept : { uidValidity, lastUid: 0, setAside: [] };
}

/** The message is done with. */
export function passMessage(position: ImapPosition, uid: number): ImapPosition {
  return {
    ...position,
    lastUid: Math.max(position.lastUid, uid),
    setAside: position.setAside.filter((each) => each !== uid),
  };
}

/** The message is left for later; `dropped` is the one that had to make room, if any. */
export function setMessageAside(
  position: ImapPosition,
  uid: number,
): { readonly position: ImapPosition; readonly dropped?: number } {
  const all = [...position.setAside, uid];
  const isFull = all.length > MOST_SET_ASIDE;
  const dropped = isFull ? all[0] : undefined;
  return {
    position: {
      ...position,
      lastUid: Math.max(position.lastUid, uid),
      setAside: isFull ? all.slice(1) : all,
    },
    ...(dropped !== undefined && { dropped }),
  };
}
