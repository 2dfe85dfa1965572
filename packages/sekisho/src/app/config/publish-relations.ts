import { findDelegationFault } from '../../publish/index.ts';
import type { ConfigProblem } from './config-error.ts';
import type { Settings } from './schema.ts';

type Publish = Settings['publish'];
type Finding = ConfigProblem | false;

/** Settings of `publish` that make sense only together. */
export function findPublishContradictions({ publish }: Settings): readonly ConfigProblem[] {
  const findings = [
    ...findAcme(publish.acme),
    ...findUpdate(publish.dns),
    ...findTarget(publish.target),
    findDelegation(publish.dns.delegation),
    ...publish.domains.flatMap(findDomain),
    ...findTwice(publish.domains),
  ];
  return findings.filter((finding) => finding !== false);
}

function findAcme(acme: Publish['acme']): readonly Finding[] {
  return [
    acme.directory !== 'off' &&
      !acme.acceptTerms && {
        where: 'publish.acme.acceptTerms',
        message: 'given is false; an authority issues nothing before its terms are accepted: true',
      },
    (acme.eabKeyId === undefined) !== (acme.eabKeyFile === undefined) && {
      where: acme.eabKeyId === undefined ? 'publish.acme.eabKeyId' : 'publish.acme.eabKeyFile',
      message: 'it is missing; an external account binding needs eabKeyId and eabKeyFile',
    },
  ];
}

function findUpdate(dns: Publish['dns']): readonly Finding[] {
  const { update, server, tsigSecretFile, command } = dns;
  return [
    update === 'rfc2136' &&
      server === undefined && {
        where: 'publish.dns.server',
        message: 'it is missing; update: rfc2136 needs the address of the primary server',
      },
    update === 'rfc2136' &&
      tsigSecretFile === undefined && {
        where: 'publish.dns.tsigSecretFile',
        message: 'it is missing; update: rfc2136 is done with a TSIG key',
      },
    update === 'command' &&
      command.length === 0 && {
        where: 'publish.dns.command',
        message: 'it is missing; update: command needs a program to call',
      },
    findRelative('publish.dns.command', command),
  ];
}

function findRelative(where: string, [program]: readonly string[]): Finding {
  return (
    program !== undefined &&
    !program.startsWith('/') && {
      where,
      message: `given is ${JSON.stringify(program)}; allowed is the absolute path of a program`,
    }
  );
}

function findTarget({ addresses, name }: Publish['target']): readonly Finding[] {
  return [
    addresses.length > 0 &&
      name !== undefined && {
        where: 'publish.target.name',
        message: `given is ${JSON.stringify(name)}, and publish.target.addresses as well; allowed is one of them`,
      },
  ];
}

function findDelegation({ signalling, host }: Publish['dns']['delegation']): Finding {
  const where = 'publish.dns.delegation';
  if (signalling === undefined && host === undefined) return false;
  if (signalling === undefined || host === undefined)
    return { where, message: 'given is one of signalling and host; a delegation needs both' };
  const fault = findDelegationFault({ signalling, host });
  return fault !== undefined && { where, message: fault };
}

function findDomain(domain: Publish['domains'][number], index: number): readonly Finding[] {
  const where = `publish.domains.${String(index)}`;
  const { name, mx, preset, certificateFile, keyFile } = domain;
  return [
    mx !== undefined &&
      preset !== undefined && {
        where: `${where}.preset`,
        message: `given is ${JSON.stringify(preset)}, and mx of ${name} as well; allowed is one of them`,
      },
    (certificateFile === undefined) !== (keyFile === undefined) && {
      where: `${where}.${keyFile === undefined ? 'keyFile' : 'certificateFile'}`,
      message: `it is missing; a certificate of your own for ${name} needs certificateFile and keyFile`,
    },
  ];
}

function findTwice(domains: Publish['domains']): readonly Finding[] {
  return domains.map(
    ({ name }, index) =>
      domains.slice(0, index).some((other) => other.name === name) && {
        where: `publish.domains.${String(index)}`,
        message: `given is ${JSON.stringify(name)} for the second time; allowed is each domain once`,
      },
  );
}
