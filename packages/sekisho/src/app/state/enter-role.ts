import { giveToOwnerOfDirectory, makeDirectory } from '../../io/directories/index.ts';
import { IoError } from '../../io/error.ts';
import { type HeldElsewhere, type Lock, takeFileLock } from '../../io/lock/index.ts';
import type { Log } from '../../io/log/index.ts';
import { sqliteError } from '../../io/sqlite/index.ts';
import { lockFileOf, type RolePlace } from './role-place.ts';
import { isToBeTakenOver, takeOver, type TakenOver } from './take-over.ts';

/** A role's directory, with its lock held. */
export interface EnteredRole {
  readonly takenOver: TakenOver;
  /** Lets another service in. Last of all. */
  leave(): void;
}

/**
 * Makes the directory of a role, takes its lock for the life of the service, and takes over what is still at the former
 * place. Blocks: for the start, before anything else is opened.
 *
 * @throws {IoError} `role-running` where a service of this role has the directory; `store-unwritable` and the like; what
 * `takeOver` throws.
 */
export function enterRole(place: RolePlace): EnteredRole {
  makeRoleDirectory(place);
  const lock = takeFileLock(lockFileOf(place));
  if (lock.kind === 'held') throw isRunning(place, lock);
  return { takenOver: takeOverLocked(place, lock), leave: () => lock.release() };
}

/** For a service whose lock is in the thread that asks; tells the log what was taken over. @throws {IoError} as `enterRole`. */
export function enterRoleTelling(place: RolePlace, log: Log): EnteredRole {
  const entered = enterRole(place);
  tellTakenOver(place, entered.takenOver, log);
  return entered;
}

/** Says once what was moved, and at each start what could not be. */
export function tellTakenOver(
  { directory, former }: RolePlace,
  { moved, left }: TakenOver,
  log: Pick<Log, 'info' | 'warn'>,
): void {
  const from = { from: former, to: directory };
  if (moved.length > 0)
    log.info('files moved to the directory of the role', { ...from, files: moved.join(' ') });
  if (left.length > 0)
    log.warn('files of an earlier version are not used; newer ones have their place', {
      ...from,
      files: left.join(' '),
    });
}

/**
 * For a command that writes into the store beside the service or without it: takes over what is at the former place, as
 * the service would.
 *
 * @throws {IoError} `role-running` (temporary) while another process is doing so; else as `enterRole`.
 */
export function prepareToWrite(place: RolePlace): void {
  if (!isToBeTakenOver(place)) return;
  makeRoleDirectory(place);
  const lock = takeFileLock(lockFileOf(place));
  if (lock.kind === 'taken') {
    takeOverLocked(place, lock);
    lock.release();
  } else if (isToBeTakenOver(place)) throw isMoving(place);
}

function takeOverLocked(place: RolePlace, lock: Lock): TakenOver {
  try {
    return takeOver(place);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function makeRoleDirectory({ directory, role }: RolePlace): void {
  try {
    const made = makeDirectory(directory, 0o700);
    // Root makes it for the service that has the directory around it.
    if (made.length === 1) giveToOwnerOfDirectory(directory);
  } catch (error) {
    throw sqliteError(error, 'make', `directory "${directory}" of the ${role}`);
  }
}

function isRunning({ role, directory }: RolePlace, { pid }: HeldElsewhere): IoError {
  const who = pid === undefined ? 'another process' : `process ${String(pid)}`;
  const message = `Cannot start the ${role} in "${directory}": ${who} is running there as such; must be one for each directory`;
  return new IoError('role-running', message, { temporary: false });
}

function isMoving({ role, directory }: RolePlace): IoError {
  const message = `Cannot write to the store of the ${role}: its service is just moving it to "${directory}"; try again`;
  return new IoError('role-running', message, { temporary: true });
}
