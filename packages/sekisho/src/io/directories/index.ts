/** Directories of ours: made one by one, and given to whoever has to work with them. */
export { giveToOwnerOfDirectory } from './give-to-owner.ts';
export { makeDirectory } from './make-directory.ts';
