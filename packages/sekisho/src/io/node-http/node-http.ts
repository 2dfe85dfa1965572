/**
 * `node:http` as everybody should load it. An `import` of it reads all its names at once, and so loads Node's
 * WebSocket and `fetch` too: 14 MB in each thread, for nothing.
 */
export const { createServer, request } = process.getBuiltinModule('node:http');
