import type { Evidence, Finding, FindingCode, Language } from './finding.ts';
import { showText } from './show-text.ts';
import { TEXTS_EN } from './texts-en.ts';
import { TEXTS_JA } from './texts-ja.ts';
import type { Facts, Texts } from './texts.ts';

const TEXTS: Readonly<Record<Language, Texts>> = { en: TEXTS_EN, ja: TEXTS_JA };

/** Codes that do not speak of failed sessions. */
const WITHOUT_SESSIONS: ReadonlySet<FindingCode> = new Set([
  'reporter-silent',
  'reporter-new',
  'sessions-dropped',
  'no-reports',
]);

/** Sessions that failed on the way to the policy say nothing of what became of the mail. */
const WITHOUT_EFFECT: ReadonlySet<FindingCode> = new Set([
  'policy-unfetchable',
  'policy-invalid',
  'policy-host-untrusted',
]);

/** What is to be said; texts are escaped already. */
export interface Saying extends Pick<Finding, 'code' | 'severity' | 'evidence'> {
  readonly domain?: string;
}

/** Puts a finding into words. */
export function writeFinding(saying: Saying, language: Language = 'en'): Finding {
  const { code, severity, evidence } = saying;
  const domain = showText(saying.domain ?? '');
  const texts = TEXTS[language];
  const facts: Facts = { ...evidence, domain, policyHost: `mta-sts.${domain}` };
  const { meaning, remedy } = texts.findings[code];
  const seen = WITHOUT_SESSIONS.has(code) ? '' : texts.seen(facts);
  const effect = seen === '' || WITHOUT_EFFECT.has(code) ? '' : texts.effect(facts);
  return {
    code,
    severity,
    ...(saying.domain === undefined ? {} : { domain }),
    evidence: evidence satisfies Evidence,
    meaning: `${meaning(facts)}${seen}${effect}`,
    remedy: remedy(facts),
  };
}
