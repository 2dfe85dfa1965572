import { MAX_AGE_LIMIT_SECONDS, parseMxPattern } from '@sekisho/spec';
import { z } from 'zod';
import { parseDomainName } from '../domain-name.ts';
import { settingMeta } from '../setting-meta.ts';
import { choice, optionalPath, parsed } from '../setting-types.ts';

type PatternResult =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: string };

function parsePattern(text: string): PatternResult {
  const pattern = parseMxPattern(text, { strict: true });
  return pattern.ok
    ? { ok: true, value: pattern.value }
    : { ok: false, problem: pattern.issues.map(({ message }) => message).join('; ') };
}

/** A list of one may be written without brackets. */
function wrapList(value: unknown): unknown {
  return typeof value === 'string' ? [value] : value;
}

/** A domain that the configuration publishes a policy for; its name alone is enough. */
const publishedDomain = z.preprocess(
  (value) => (typeof value === 'string' ? { name: value } : value),
  z.strictObject({
    name: parsed(parseDomainName).register(settingMeta, {
      description: 'The domain: what stands after the `@` of its mail addresses.',
      allowed: 'a domain such as "example.com"',
    }),
    mode: choice(['enforce', 'testing', 'none'], 'testing', {
      description: 'The mode of its policy. `enforce` waits until its gates are open.',
    }),
    maxAgeSeconds: z.int().min(0).max(MAX_AGE_LIMIT_SECONDS).optional().register(settingMeta, {
      description: 'How long senders may keep the policy.',
      unit: 'seconds',
    }),
    mx: z
      .preprocess(wrapList, z.array(parsed(parsePattern)))
      .optional()
      .register(settingMeta, {
        description: 'The patterns of its MX hosts. Not set: the live MX hosts.',
        allowed: 'a list of MX hosts such as "mx.example.com" or "*.mx.example.com"',
      }),
    preset: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/u, 'it is no name of a preset')
      .optional()
      .register(settingMeta, {
        description: 'The patterns of a provider, instead of `mx`.',
        allowed: 'a name that `sekisho publish presets` shows',
      }),
    certificateFile: optionalPath({
      description: 'PEM file with the certificate of `mta-sts.DOMAIN` and its chain.',
    }),
    keyFile: optionalPath({ description: 'PEM file with the key of that certificate.' }),
  }),
);

/** `publish.domains`: what the configuration itself publishes. */
export const publishedDomains = z
  .array(publishedDomain)
  .prefault([])
  .register(settingMeta, {
    description:
      'Domains whose policy stands in this file; every start and every reload brings about what it says. Others are published with `sekisho publish set`. A domain that is taken out of the list is not unpublished: that needs `sekisho publish leave`.',
    allowed: 'a list of domains, each a name or a group of settings',
    example: ['example.com'],
  });
