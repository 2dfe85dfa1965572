import { expect, it } from 'vitest';
import { AlertBook, createMemoryAlertStore } from '../../alert/index.ts';
import { createFakeClock } from '../../io/clock/index.ts';
import { IoError } from '../../io/error.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import { PUBLISH_ALERTS, WorkAlert } from './index.ts';

async function start() {
  const clock = createFakeClock();
  const store = createMemoryAlertStore();
  const alerts = await AlertBook.open({
    store,
    clock,
    log: createMemoryLog(),
    rules: PUBLISH_ALERTS,
  });
  const failing = new WorkAlert({
    alerts,
    clock,
    code: 'changes-failing',
    what: 'Changes cannot be carried on',
  });
  const states = () => alerts.standing().map(({ kind, message }) => `${kind}: ${message}`);
  return { clock, failing, states };
}

it('is one alert for all that fails, until all of it has succeeded', async () => {
  const { failing, states } = await start();
  failing.failed('a.test', new Error('defect\u202E'));
  failing.failed('b.test', new Error('defect'));
  expect(states()).toEqual(['raised: Changes cannot be carried on (a.test): defect\\u{202e}']);
  failing.succeeded('a.test');
  expect(states()).toHaveLength(1);
  failing.succeeded('b.test');
  expect(states()).toEqual([]);
});

it('is told again for another kind of failure', async () => {
  const { failing, states } = await start();
  failing.failed('a.test', new Error('defect'));
  const full = new IoError('store-unwritable', 'the disk is full', { temporary: true });
  failing.failed('b.test', full);
  expect(states()).toEqual(['changed: Changes cannot be carried on (b.test): the disk is full']);
});

it('does not wait for what is not tried any more', async () => {
  const { clock, failing, states } = await start();
  failing.failed('gone.test', new Error('defect'));
  await clock.advance(86_399_999);
  failing.succeeded('a.test');
  expect(states()).toHaveLength(1);
  await clock.advance(1);
  failing.succeeded('a.test');
  expect(states()).toEqual([]);
});
