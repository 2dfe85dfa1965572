// FIPS 180-4. Here because this package may use nothing but the language; not for secrets, not for bulk.

/** The first `count` primes: the constants of SHA-256 are bits of their roots. */
function primes(count: number): readonly number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate += 1) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate);
  }
  return found;
}

/** The first 32 bits of a number's fraction. */
function fractionBits(value: number): number {
  return Math.floor((value - Math.floor(value)) * 2 ** 32);
}

const ROUND_CONSTANTS = Uint32Array.from(primes(64), (prime) => fractionBits(Math.cbrt(prime)));
const INITIAL_STATE = Uint32Array.from(primes(8), (prime) => fractionBits(Math.sqrt(prime)));

/** The SHA-256 digest of octets, as 64 lower-case hexadecimal digits. FIPS 180-4 §6.2. */
export function sha256(octets: readonly number[]): string {
  const message = pad(octets);
  const state = Uint32Array.from(INITIAL_STATE);
  for (let at = 0; at < message.byteLength; at += 64) compress(state, schedule(message, at));
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
}

/** The octets, a one bit, zeros, and the length in bits as 64 bits: whole blocks of 64 octets. */
function pad(octets: readonly number[]): DataView {
  const sizeBytes = Math.ceil((octets.length + 9) / 64) * 64;
  const message = new DataView(new ArrayBuffer(sizeBytes));
  octets.forEach((octet, at) => message.setUint8(at, octet));
  message.setUint8(octets.length, 0x80);
  message.setBigUint64(sizeBytes - 8, BigInt(octets.length) * 8n);
  return message;
}

function schedule(message: DataView, blockAt: number): Uint32Array {
  const words = new Uint32Array(64);
  for (let t = 0; t < 16; t += 1) words[t] = message.getUint32(blockAt + 4 * t);
  for (let t = 16; t < 64; t += 1) {
    const w15 = word(words, t - 15);
    const w2 = word(words, t - 2);
    const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3);
    const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10);
    words[t] = word(words, t - 16) + s0 + word(words, t - 7) + s1;
  }
  return words;
}

/** One block: letters a to h as in the standard, shifted down by one place in each of 64 rounds. */
function compress(state: Uint32Array, words: Uint32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t += 1) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const choice = (e & f) ^ (~e & g);
    const t1 = (h + s1 + choice + word(ROUND_CONSTANTS, t) + word(words, t)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + s0 + majority) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((letter, at) => {
    state[at] = word(state, at) + letter;
  });
}

function rotate(bits: number, count: number): number {
  return (bits >>> count) | (bits << (32 - count));
}

function word(words: Uint32Array, at: number): number {
  return words[at] ?? 0;
}
