/** Programs of the operator's: run without a shell, bounded in time, and ended with all that they started. */
export { type CommandEnd, type CommandRun, runCommand } from './run-command.ts';
