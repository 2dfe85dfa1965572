import { describe, expect, it } from 'vitest';
import { createConnectionTable } from './connection-table.ts';
import { DEFAULT_HOST_LIMITS, type HostLimits } from './host-limits.ts';

function createTable(limits: Partial<HostLimits>) {
  let nowMs = 0;
  const gone: string[] = [];
  const reasons: string[] = [];
  const table = createConnectionTable(
    { ...DEFAULT_HOST_LIMITS, ...limits },
    () => nowMs,
    (why) => reasons.push(why),
  );
  return {
    table,
    gone,
    reasons,
    add: (name: string, group?: string) => table.add(group, () => gone.push(name)),
    pass: (ms: number) => {
      nowMs += ms;
      table.sweep();
    },
  };
}

describe('createConnectionTable', () => {
  it('drops the one that has waited the longest, not one that is being answered', () => {
    const { add, gone, reasons, pass } = createTable({ connections: 3 });
    add('first')?.enter('answering');
    const second = add('second');
    pass(1);
    add('third');
    pass(1);
    second?.enter('idle');
    pass(1);
    add('fourth');
    expect(gone).toEqual(['third']);
    add('fifth');
    expect(gone).toEqual(['third', 'second']);
    expect(reasons).toEqual(['crowded', 'crowded']);
  });

  it('refuses the new one when all are being answered', () => {
    const { add, gone, table } = createTable({ connections: 2 });
    add('first')?.enter('answering');
    add('second')?.enter('answering');
    expect(add('third')).toBeUndefined();
    expect([gone, table.size]).toEqual([[], 2]);
  });

  it('makes an address give way to itself before others', () => {
    const { add, gone } = createTable({ connections: 10, connectionsPerAddress: 2 });
    add('old of b', 'b');
    add('first of a', 'a');
    add('second of a', 'a');
    add('third of a', 'a');
    expect(gone).toEqual(['first of a']);
  });

  it('counts no group for a trusted proxy', () => {
    const { add, gone } = createTable({ connectionsPerAddress: 1 });
    add('first');
    add('second');
    expect(gone).toEqual([]);
  });

  it('gives each wait its own time, which a byte now and then does not prolong', () => {
    const limits = { handshakeMs: 10, requestMs: 20, idleMs: 30, answerMs: 40 };
    const { add, gone, reasons, pass } = createTable(limits);
    const phases = ['request', 'idle', 'answering', 'closing'] as const;
    add('handshake');
    for (const phase of phases) add(phase)?.enter(phase);
    for (let passed = 0; passed < 4; passed += 1) pass(10);
    expect(gone).toEqual(['handshake', 'request', 'idle', 'answering', 'closing']);
    expect(reasons).toEqual(gone);
  });

  it('forgets what has left, and does not bring it back', () => {
    const { add, table, pass, gone } = createTable({});
    const left = add('left', 'a');
    left?.leave();
    left?.enter('idle');
    pass(1e6);
    expect([table.size, gone]).toEqual([0, []]);
  });

  it('lets answers under way pass at a stop, and then nobody', () => {
    const { add, table, gone } = createTable({});
    add('answering')?.enter('answering');
    add('closing')?.enter('closing');
    add('idle')?.enter('idle');
    table.dropAll('waiting');
    expect(gone).toEqual(['idle']);
    table.dropAll('all');
    expect(gone).toEqual(['idle', 'answering', 'closing']);
  });
});
