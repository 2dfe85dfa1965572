/** Writes of many connections that leave together, at the end of a turn of the loop. */
export { createWriteTurn, type WriteTurn } from './write-turn.ts';
