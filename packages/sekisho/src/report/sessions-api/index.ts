/** `POST /v1/sessions`: sessions told by other MTAs. */
export type { SessionProblem, SessionProblemCode } from './batch-reader.ts';
export { parseSessionsBatch, type SessionsBatch } from './parse-sessions.ts';
export {
  createSessionsHandler,
  MOST_BODY_BYTES,
  type SessionsHandler,
  type SessionsHandlerTools,
} from './sessions-handler.ts';
