import { open } from 'node:fs/promises';
import { isQueryName, normalName } from '../dns/index.ts';
import { IoError } from '../error.ts';

/** The algorithms that RFC 8945 §6 allows and that are not to be given up, by the name of Node's digest. */
const DIGESTS = {
  'hmac-sha224': 'sha224',
  'hmac-sha256': 'sha256',
  'hmac-sha384': 'sha384',
  'hmac-sha512': 'sha512',
} as const;

export type TsigAlgorithm = keyof typeof DIGESTS;

/** A secret shared with a DNS server (RFC 8945). */
export interface TsigKey {
  /** As at the server; a domain name in form. */
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Buffer;
}

export const TSIG_ALGORITHMS: readonly TsigAlgorithm[] = [
  'hmac-sha256',
  'hmac-sha224',
  'hmac-sha384',
  'hmac-sha512',
];

function isTsigAlgorithm(text: string): text is TsigAlgorithm {
  return Object.hasOwn(DIGESTS, text);
}

/** The digest as `node:crypto` names it. */
export function digestOf(algorithm: TsigAlgorithm): string {
  return DIGESTS[algorithm];
}

export type TsigKeyFile = TsigKeyReading & {
  /** Sentences for the log: the file may be read by others. */
  readonly warnings: readonly string[];
};

const FILE_BYTES_MAX = 16_384;

/**
 * Reads a key from its file.
 *
 * @throws {IoError} `tsig-key-unreadable`.
 */
export async function readTsigKey(
  path: string,
  settings: TsigKeySettings = {},
): Promise<TsigKeyFile> {
  const { text, mode } = await readSecret(path);
  const others = mode & 0o077;
  const warnings =
    others === 0
      ? []
      : [`${path} can be read by others (mode ${(mode & 0o777).toString(8)}): make it 0600`];
  return { ...parseTsigKey(text, settings), warnings };
}

async function readSecret(path: string): Promise<{ text: string; mode: number }> {
  try {
    await using file = await open(path, 'r');
    const { mode } = await file.stat();
    const bytes = Buffer.alloc(FILE_BYTES_MAX);
    const { bytesRead } = await file.read(bytes, 0, FILE_BYTES_MAX, 0);
    return { text: bytes.toString('utf8', 0, bytesRead), mode };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new IoError('tsig-key-unreadable', `Cannot read TSIG key file ${path}: ${code}`, {
      temporary: false,
      cause: error,
    });
  }
}

/** What the configuration says of the key beside its secret file. */
interface TsigKeySettings {
  /** Needed where the file holds the bare secret. */
  readonly name?: string;
  /** Default `hmac-sha256`, or what the file says. */
  readonly algorithm?: string;
}

type TsigKeyReading =
  | { readonly kind: 'key'; readonly key: TsigKey }
  /** Completes the sentence "The TSIG key file … ". */
  | { readonly kind: 'fault'; readonly reason: string };

interface Parts {
  readonly name?: string | undefined;
  readonly algorithm?: string | undefined;
  readonly secret?: string | undefined;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** RFC 8945 §8 wants as much as the digest gives; less than this is a secret that can be guessed. */
const SECRET_BYTES_MIN = 16;

/**
 * Reads a key file: the bare secret in base64, a `key` statement as `tsig-keygen` of BIND writes it, or what
 * `keymgr -t` of Knot writes.
 */
export function parseTsigKey(text: string, settings: TsigKeySettings = {}): TsigKeyReading {
  const parts = findParts(text);
  const fault = findConflict(parts, settings);
  if (fault !== undefined) return { kind: 'fault', reason: fault };
  const name = normalName(settings.name ?? parts.name ?? '');
  const algorithm = (settings.algorithm ?? parts.algorithm ?? 'hmac-sha256').toLowerCase();
  const { secret = '' } = parts;
  if (!isQueryName(name)) return { kind: 'fault', reason: 'gives no name of the key: set one' };
  if (!isTsigAlgorithm(algorithm)) {
    const reason = `asks for algorithm "${algorithm}", must be one of ${TSIG_ALGORITHMS.join(', ')}`;
    return { kind: 'fault', reason };
  }
  if (!BASE64.test(secret)) return { kind: 'fault', reason: 'holds no secret in base64' };
  const bytes = Buffer.from(secret, 'base64');
  if (bytes.length < SECRET_BYTES_MIN) {
    const reason = `holds a secret of ${bytes.length} octets, must be ${SECRET_BYTES_MIN} or more`;
    return { kind: 'fault', reason };
  }
  return { kind: 'key', key: { name, algorithm, secret: bytes } };
}

function findParts(text: string): Parts {
  const plain = text.replaceAll(/\/\*[\s\S]*?\*\/|(?:#|\/\/\s).*$/gm, '');
  if (!/\bsecret\b[\s:]/.test(plain)) return { secret: plain.replaceAll(/\s/g, '') };
  return {
    name: /\b(?:key\s|id:)\s*"?([^\s"{;]+)/.exec(plain)?.[1],
    algorithm: /\balgorithm[\s:]+"?([\w-]+)/.exec(plain)?.[1],
    secret: /\bsecret[\s:]+"?([^\s";]+)/.exec(plain)?.[1],
  };
}

function findConflict(parts: Parts, { name, algorithm }: TsigKeySettings): string | undefined {
  const differs = (found: string | undefined, set: string | undefined): boolean =>
    found !== undefined && set !== undefined && normalName(found) !== normalName(set);
  if (differs(parts.name, name)) return `is for key "${parts.name}", the setting says "${name}"`;
  if (differs(parts.algorithm, algorithm)) {
    return `is for algorithm "${parts.algorithm}", the setting says "${algorithm}"`;
  }
  return undefined;
}
