/** Finds the text of reports in messages and bodies, within bounds. */
export { DEFAULT_INTAKE_LIMITS, type IntakeLimits } from './limits.ts';
export type { MessageOrigin } from './message-origin.ts';
export { unpackBody } from './unpack-message.ts';
export { type FoundText, type Unpacked, unpackMessage } from './unpack-message.ts';
