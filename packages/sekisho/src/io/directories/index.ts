/** Directories that are made where they are missing. */
export { makeDirectory } from './make-directory.ts';
