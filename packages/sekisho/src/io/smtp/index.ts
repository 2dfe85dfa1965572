/** MX hosts, looked at as a sender would (RFC 8461 §4): the port, the real prober, and a table for tests. */
export { createMxProber, type MxProberOptions } from './create-mx-prober.ts';
export {
  createFakeMxProber,
  type FakeMxProber,
  type FakeProbes,
  fakeProbe,
} from './fake-mx-prober.ts';
export type { MxProbe, MxProber, ProbeCode } from './mx-prober.ts';
