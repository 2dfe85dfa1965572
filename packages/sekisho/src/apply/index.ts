/** Applying policies (RFC 8461 §4, §5): the answers that MTAs understand, and the socketmap they ask through. */
export {
  type AnswerForm,
  formFor,
  formForMap,
  type PostfixVersion,
  parsePostfixVersion,
  TLSRPT_MAP_NAME,
} from './answer-form.ts';
export {
  ANSWER_OUTCOMES,
  type Answer,
  type AnswerOutcome,
  type AnswerSettings,
  DANE_ANSWER,
  DEFAULT_ANSWER_SETTINGS,
  formatAnswer,
} from './answer.ts';
export { isDaneProtected } from './dane.ts';
export { createResponder, type Reply, type Responder, type ResponderTools } from './responder.ts';
export type { ConnectionObserver } from './socketmap-connection.ts';
export {
  createSocketmapServer,
  type SocketmapServer,
  type SocketmapServerOptions,
} from './socketmap-server.ts';
