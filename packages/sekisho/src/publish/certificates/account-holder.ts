import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { AcmeAccount, AcmeClient } from '../../io/acme/index.ts';
import type { KeyFiles } from '../../io/key-files/index.ts';
import type { Log } from '../../io/log/index.ts';
import { demand } from './order-fault.ts';

/** The one account for all domains: opened when first needed, made anew when its key or the account itself is lost. */
export interface AccountHolder {
  /** @throws OrderFault. @throws {IoError} of the files. */
  open(): Promise<AcmeAccount>;
  /** The authority does not know the account any more: the next `open` asks for it again. */
  forget(): void;
}

/** The name of an account's file: one for each directory and each external account. */
export function accountName(directoryUrl: string, externalKeyId = ''): string {
  const hash = createHash('sha256').update(`${directoryUrl}\n${externalKeyId}`).digest('hex');
  return `account-${hash.slice(0, 16)}`;
}

export function createAccountHolder(options: {
  readonly acme: AcmeClient;
  readonly files: KeyFiles;
  readonly name: string;
  readonly log: Log;
}): AccountHolder {
  let opening: Promise<AcmeAccount> | undefined;
  const forget = (): void => {
    opening = undefined;
  };
  return {
    forget,
    open() {
      opening ??= openAccount(options).catch((error: unknown) => {
        forget();
        throw error;
      });
      return opening;
    },
  };
}

async function openAccount({
  acme,
  files,
  name,
  log,
}: Parameters<typeof createAccountHolder>[0]): Promise<AcmeAccount> {
  const key = readKey(await files.loadAccountKey(name)) ?? (await makeKey(files, name, log));
  return demand(await acme.openAccount(key), 'open an account at the certificate authority');
}

function readKey(pem: string | undefined): KeyObject | undefined {
  if (pem === undefined) return undefined;
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** On the disk before the authority hears of it: an account without a key would be lost. */
async function makeKey(files: KeyFiles, name: string, log: Log): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await files.saveAccountKey(name, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  log.info('a new ACME account key was made', { name });
  return privateKey;
}
