/** Our own policies: the policy host, its certificates, the DNS records, and the way from `testing` to `enforce` and back. */
export * from './alerts/index.ts';
export * from './certificates/index.ts';
export * from './export/index.ts';
export * from './gates/index.ts';
export * from './host/index.ts';
export * from './migration/index.ts';
export * from './presets/index.ts';
export * from './records/index.ts';
export * from './rollout/index.ts';
export * from './watch/index.ts';
