/** How many pieces of work run at once. */
export { createTurns } from './turns.ts';
