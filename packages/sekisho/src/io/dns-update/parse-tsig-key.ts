import { isQueryName, normalName } from '../dns/index.ts';
import { isTsigAlgorithm, TSIG_ALGORITHMS, type TsigKey } from './tsig-key.ts';

/** What the configuration says of the key beside its secret file. */
export interface TsigKeySettings {
  /** Needed where the file holds the bare secret. */
  readonly name?: string;
  /** Default `hmac-sha256`, or what the file says. */
  readonly algorithm?: string;
}

export type TsigKeyReading =
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
