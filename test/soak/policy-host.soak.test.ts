import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attackHandshakes } from '../chaos/handshake-attack.ts';
import { type PolicyHostProcess, startPolicyHostProcess } from '../chaos/policy-host-process.ts';

const WARM_UP = 5000;
const CONNECTIONS = 20_000;
/** A kilobyte for each would be 20 MB; the collector may be late with the last few thousand. */
const MOST_GROWTH_KIB = 10_000;

let host: PolicyHostProcess;
beforeAll(async () => {
  host = await startPolicyHostProcess();
});
afterAll(() => host.stop());

describe.skipIf(process.platform !== 'linux')('the policy host', () => {
  it('has the same memory after twenty thousand connections of garbage', async () => {
    const beforeKib = await attackHandshakes(host, WARM_UP);
    const afterKib = await attackHandshakes(host, CONNECTIONS);
    console.log(`after ${WARM_UP}: ${beforeKib} KiB; after ${CONNECTIONS} more: ${afterKib} KiB`);
    expect(afterKib - beforeKib).toBeLessThan(MOST_GROWTH_KIB);
    expect(host.isRunning).toBe(true);
  }, 900_000);
});
