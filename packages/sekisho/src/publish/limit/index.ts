/** How many pieces of work run at once. */
export { createLimit } from './create-limit.ts';
