import { readFileSync } from 'node:fs';
import { createAcmeClient } from '../../io/acme/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import { accountName, type AuthoritySettings } from '../../publish/index.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Settings } from '../config/index.ts';

type Acme = Settings['publish']['acme'];

/**
 * The certificate authority of the settings; undefined where there are only certificates of the operator's own.
 *
 * @throws ConfigError when a file that is named cannot be used.
 */
export function createSettledAuthority(
  { publish }: Settings,
  clock: Clock,
): AuthoritySettings | undefined {
  const { directory, acceptTerms, contact, challenges, eabKeyId, caFile } = publish.acme;
  if (directory === 'off') return undefined;
  const externalAccount = readExternalAccount(publish.acme);
  return {
    acme: createAcmeClient({
      clock,
      directoryUrl: directory,
      acceptTerms,
      contact: contact.map((address) => `mailto:${address}`),
      ...(externalAccount === undefined ? {} : { externalAccount }),
      ...(caFile === undefined ? {} : { ca: [readNamed('publish.acme.caFile', caFile)] }),
    }),
    accountName: accountName(directory, eabKeyId),
    challenges,
  };
}

function readExternalAccount({ eabKeyId, eabKeyFile }: Acme) {
  if (eabKeyId === undefined || eabKeyFile === undefined) return undefined;
  const text = readNamed('publish.acme.eabKeyFile', eabKeyFile).trim();
  if (/^[\w+/=-]{16,}$/u.test(text))
    return { keyId: eabKeyId, macKey: Buffer.from(text, 'base64url') };
  const message = `given is ${JSON.stringify(eabKeyFile)}; the file holds no key in base64url`;
  throw new ConfigError([{ where: 'publish.acme.eabKeyFile', message }]);
}

function readNamed(where: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const message = `given is ${JSON.stringify(path)}; the file cannot be read: ${(error as Error).message}`;
    throw new ConfigError([{ where, message }]);
  }
}
