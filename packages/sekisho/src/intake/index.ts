/** TLS reports about our own domains (RFC 8460): received by several doors, verified, kept, and explained. */
export * from './accept/index.ts';
export * from './alerts/index.ts';
export * from './doors/index.ts';
export * from './explain/index.ts';
