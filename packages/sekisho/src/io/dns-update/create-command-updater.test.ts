import { describe, expect, it } from 'vitest';
import { createFakeClock, systemClock } from '../clock/index.ts';
import { createByHandUpdater } from './dns-updater.ts';
import { createCommandUpdater } from './create-command-updater.ts';

const CHANGE = {
  name: '_mta-sts.example.test',
  ttlSeconds: 300,
  startsWith: 'v=STSv1',
  text: 'v=STSv1; id=1;',
};

const hook = (script: string, timeoutMs = 20_000) =>
  createCommandUpdater({
    clock: systemClock,
    command: [process.execPath, '-e', script, '--', 'an argument; $(not a shell)'],
    timeoutMs,
  });

/** Says on standard error what it read, and ends with code 1. */
const TELL = `
  let input = '';
  process.stdin.on('data', (chunk) => { input += chunk; });
  process.stdin.on('end', () => { console.error('first'); console.error(process.argv.at(-1) + input); process.exit(1); });`;

describe('createCommandUpdater', () => {
  it('gives one JSON object on standard input, and arguments untouched', async () => {
    const outcome = await hook(TELL).replaceTxt(CHANGE);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'hook-refused' });
    const said = 'message' in outcome ? outcome.message : '';
    expect(said).toContain('ended with code 1: an argument; $(not a shell){');
    expect(JSON.parse(said.slice(said.indexOf('{')))).toEqual({
      version: 1,
      type: 'TXT',
      action: 'replace',
      ...CHANGE,
    });
  });

  it('says when a record is to go', async () => {
    const outcome = await hook(TELL).replaceTxt({ ...CHANGE, text: undefined });
    const said = 'message' in outcome ? outcome.message : '';
    expect(JSON.parse(said.slice(said.indexOf('{')))).toEqual({
      version: 1,
      type: 'TXT',
      action: 'remove',
      name: CHANGE.name,
      startsWith: CHANGE.startsWith,
    });
  });

  it.each([
    ['process.exit(0)', { kind: 'done' }],
    ['process.exit(75)', { kind: 'failed', code: 'hook-try-later' }],
    ['process.exit(2)', { kind: 'refused', code: 'hook-refused' }],
    [
      "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 5000)",
      { kind: 'failed', code: 'hook-killed' },
    ],
    [
      "require('node:child_process').spawn('sleep', ['20'], { stdio: 'inherit', detached: true }).unref(); process.exit(0)",
      { kind: 'done' },
    ],
  ])('%s', async (script, outcome) => {
    expect(await hook(script).replaceTxt(CHANGE)).toMatchObject(outcome);
  });

  it('keeps the end of what is said, escaped, and no more', async () => {
    const flood = "for (let i = 0; i < 1e5; i += 1) console.error('x'.repeat(50));";
    const outcome = await hook(
      `${flood} console.error('\\x1b[31mred' + 'y'.repeat(9e3)); console.error('no\\x1b[31m'); process.exitCode = 3;`,
    ).replaceTxt(CHANGE);
    const said = 'message' in outcome ? outcome.message : '';
    expect(said).toMatch(/ended with code 3: no\\x1b\[31m$/);
  });

  it('ends what takes too long, children too', async () => {
    const clock = createFakeClock();
    const script = "require('node:child_process').spawnSync('sleep', ['60'], { stdio: 'inherit' })";
    const command = [process.execPath, '-e', script];
    const updater = createCommandUpdater({ clock, command, timeoutMs: 1000 });
    const outcome = updater.replaceTxt(CHANGE);
    await clock.advance(1000);
    expect(await outcome).toMatchObject({ kind: 'failed', code: 'hook-timeout' });
  });

  it('a program that is not there is refused', async () => {
    const updater = createCommandUpdater({ clock: systemClock, command: ['/nowhere/hook'] });
    const outcome = await updater.replaceTxt(CHANGE);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'hook-not-started' });
    expect(JSON.stringify(outcome)).toContain('ENOENT');
  });

  it.each([[[]], [['hook']], [['./hook']]])('the command %j is no absolute path', (command) => {
    expect(() => createCommandUpdater({ clock: systemClock, command })).toThrow(TypeError);
  });
});

it('createByHandUpdater leaves it to people', async () => {
  expect(await createByHandUpdater().replaceTxt(CHANGE)).toEqual({ kind: 'by-hand' });
});
