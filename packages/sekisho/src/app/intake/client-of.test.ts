import { expect, it } from 'vitest';
import { createClientOf } from './client-of.ts';

const clientOf = createClientOf(['10.0.0.0/8', '::1/128']);

it.each([
  ['192.0.2.1', undefined, '192.0.2.1'],
  ['192.0.2.1', '198.51.100.7', '192.0.2.1'],
  ['10.0.0.1', '198.51.100.7', '198.51.100.7'],
  ['::ffff:10.0.0.1', '198.51.100.7', '198.51.100.7'],
  ['10.0.0.1', '203.0.113.9, 198.51.100.7, 10.1.1.1', '198.51.100.7'],
  ['10.0.0.1', 'evil, 10.1.1.1', '10.1.1.1'],
  ['::1', '2001:db8::7', '2001:db8::7'],
  ['10.0.0.1', undefined, '10.0.0.1'],
  ['unix', '198.51.100.7', '198.51.100.7'],
])('of peer %s with %s it is %s', (peer, forwardedFor, client) =>
  expect(clientOf(peer, forwardedFor)).toBe(client),
);
