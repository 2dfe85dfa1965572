/** Policies as static files, and what web servers need to give them out (RFC 8461 §3.3). */
export { renderCaddyfile } from './render-caddyfile.ts';
export { renderNginx } from './render-nginx.ts';
export { renderWorker } from './render-worker.ts';
export { findPathProblem } from './policy-tree.ts';
export { createPolicyTree, type ExportedPolicy, type PolicyTree } from './policy-tree.ts';
