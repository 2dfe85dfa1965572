import { once } from 'node:events';
import { createGzip, gzipSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_INTAKE_LIMITS as limits } from './limits.ts';
import { openPayload } from './open-payload.ts';

const MIB = 1_048_576;
const TEXT = '{"a":1}';
const open = (bytes: Uint8Array, budget = limits.reportBytes) =>
  openPayload(Buffer.from(bytes), budget, limits);
const texts = async (bytes: Uint8Array, budget?: number) => {
  const opened = await open(bytes, budget);
  return opened.kind === 'texts' ? opened.texts.map(({ bytes }) => bytes.toString()) : opened;
};
const zip = (files: Record<string, Uint8Array>) => zipSync(files);

describe('openPayload (RFC 8460 §5.2)', () => {
  it.each<[string, Uint8Array, string[]]>([
    ['text', strToU8(TEXT), [TEXT]],
    ['nothing', new Uint8Array(), ['']],
    ['gzip', gzipSync(TEXT), [TEXT]],
    ['gzip within gzip', gzipSync(gzipSync(TEXT)), [TEXT]],
    ['several members of gzip', Buffer.concat([gzipSync('{"a"'), gzipSync(':1}')]), [TEXT]],
    ['gzip with zeros behind it', Buffer.concat([gzipSync(TEXT), Buffer.alloc(9)]), [TEXT]],
    ['gzip with a line behind it', Buffer.concat([gzipSync(TEXT), Buffer.from('\r\nx')]), [TEXT]],
    [
      'gzip of a named file with a line behind it',
      Buffer.concat([
        Buffer.from('1f8b08080000000000036100', 'hex'),
        gzipSync(TEXT).subarray(10),
        Buffer.from('\nx'),
      ]),
      [TEXT],
    ],
    ['a zip', zip({ 'x.json': strToU8(TEXT) }), [TEXT]],
    ['a zip of several', zip({ 'a/x.json': strToU8(TEXT), 'y.json': strToU8('{}') }), [TEXT, '{}']],
    ['a zip with a folder and others', zip({ 'a/': strToU8(''), 'b.xml': strToU8('<a/>') }), []],
    ['a stored zip', zipSync({ 'x.json': [strToU8(TEXT), { level: 0 }] }), [TEXT]],
  ])('opens %s', async (_, bytes, expected) => expect(await texts(bytes)).toEqual(expected));

  const manyFiles = Object.fromEntries([...Array(65).keys()].map((at) => [`${at}`, strToU8('{}')]));
  it.each<[string, Uint8Array, RegExp]>([
    ['gzip that is cut', gzipSync(TEXT.repeat(99)).subarray(0, 30), /end too early/],
    ['gzip that is damaged', Buffer.from([0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]), /damaged/],
    ['gzip three times', gzipSync(gzipSync(gzipSync(TEXT))), /more than twice/],
    ['a zip within a zip', zip({ a: zip({ b: strToU8(TEXT) }) }), /archive within an archive/],
    ['gzip within a zip', zip({ a: gzipSync(TEXT) }), /gzip within an archive/],
    ['a zip within gzip', gzipSync(zip({ a: strToU8(TEXT) })), /archive within gzip/],
    ['a zip of many', zip(manyFiles), /more than 16 reports/],
    ['a zip that is cut', zip({ a: strToU8(TEXT.repeat(999)) }).subarray(0, 60), /damaged/],
    ['text beyond the budget', Buffer.alloc(101), /larger than 100/],
  ])('refuses %s', async (_, bytes, problem) => {
    const opened = await open(
      bytes,
      100_000 < bytes.length ? 100_000 : bytes.length === 101 ? 100 : 100_000,
    );
    expect(opened).toEqual({ kind: 'unusable', problem: expect.stringMatching(problem) });
  });

  it('never throws', async () => {
    const starts = [[], [0x1f, 0x8b, 8], [0x50, 0x4b, 3, 4], [...zip({ a: strToU8(TEXT) })]];
    const bytes = fc.tuple(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }));
    const run = fc.asyncProperty(bytes, async ([start, rest]) => {
      await open(Buffer.from([...start, ...rest]));
    });
    await fc.assert(run, { numRuns: 500 });
  });
});

/** What buffers hold at most while something runs, beyond what they hold now. */
async function peakOf(run: () => Promise<unknown>): Promise<number> {
  globalThis.gc?.();
  const held = () => process.memoryUsage().arrayBuffers;
  const before = held();
  let peak = before;
  let isRunning = true;
  const look = (): void => {
    peak = Math.max(peak, held());
    if (isRunning) setImmediate(look);
  };
  look();
  await run();
  isRunning = false;
  return Math.max(peak, held()) - before;
}

describe('a bomb of 300 MiB', () => {
  let bomb: Buffer;

  beforeAll(async () => {
    const chunks: Buffer[] = [];
    const gzip = createGzip({ level: 9 }).on('data', (chunk: Buffer) => chunks.push(chunk));
    for (let written = 0; written < 300; written += 1)
      if (!gzip.write(Buffer.alloc(MIB))) await once(gzip, 'drain');
    gzip.end();
    await once(gzip, 'end');
    bomb = Buffer.concat(chunks);
  });

  it('is refused at its limit, and holds no more than that', async () => {
    expect(bomb.length).toBeLessThan(400_000);
    let opened: unknown;
    const peak = await peakOf(async () => {
      opened = await open(bomb);
    });
    expect(opened).toMatchObject({
      kind: 'unusable',
      problem: expect.stringContaining('more than'),
    });
    expect(peak).toBeLessThan(40 * MIB);
  });

  it('would be seen to hold more without the limit', async () => {
    const wide = { ...limits, ratio: 10_000 };
    const peak = await peakOf(() => openPayload(bomb, 64 * MIB, wide));
    expect(peak).toBeGreaterThan(40 * MIB);
  });

  it('in a zip is refused at its limit too', async () => {
    const before = process.resourceUsage().maxRSS;
    const opened = await open(zipOf(bomb));
    expect(opened).toMatchObject({
      kind: 'unusable',
      problem: expect.stringContaining('more than'),
    });
    expect((process.resourceUsage().maxRSS - before) * 1024).toBeLessThan(80 * MIB);
  });

  it('small enough to be unpacked at once stays below 1 MiB', async () => {
    const small = gzipSync(Buffer.alloc(2 * MIB));
    expect(small.length).toBeLessThan(4096);
    expect(await open(small)).toMatchObject({ kind: 'unusable' });
  });
});

/** The deflated data of a gzip member as the only entry of a zip that states no size (APPNOTE 4.4.4, bit 3). */
function zipOf(gzip: Buffer): Buffer {
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(8, 6);
  local.writeUInt16LE(8, 8);
  local.writeUInt16LE(6, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  return Buffer.concat([
    local,
    Buffer.from('a.json'),
    gzip.subarray(10, -8),
    Buffer.alloc(16),
    central,
  ]);
}
