/** Node's HTTP, loaded without what nobody here uses. */
export { createServer, request } from './node-http.ts';
