import type { Language } from '../../../intake/index.ts';

/** What the rows of a table are. */
export const GROUPINGS = ['reporter', 'result', 'mx', 'day'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** What `sekisho reports` says itself; names of columns are English, as codes are. */
export interface Words {
  readonly title: (firstDay: string, lastDay: string, domain: string | undefined) => string;
  readonly counted: Readonly<Record<'verified' | 'all', string>>;
  readonly meaning: string;
  readonly tables: Readonly<Record<Grouping, string>>;
  readonly unverified: string;
  readonly nothing: string;
  readonly well: string;
  readonly more: (count: number, how: string) => string;
}

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    title: (firstDay, lastDay, domain) =>
      `TLS reports about ${domain ?? 'your domains'}, ${firstDay === lastDay ? firstDay : `${firstDay} to ${lastDay}`} (UTC)`,
    counted: {
      verified: 'Only reports whose reporter is verified are counted.',
      all: 'Reports are counted as well whose reporter is not verified.',
    },
    meaning: 'What it means, and what to do',
    tables: {
      reporter: 'Reporters',
      result: 'Failures by kind',
      mx: 'Failures by MX host',
      day: 'Days',
    },
    unverified: 'Not verified, and not counted above',
    nothing: 'There is nothing in these days.',
    well: 'All is well.',
    more: (count, how) => `and ${String(count)} more: ${how}`,
  },
  ja: {
    title: (firstDay, lastDay, domain) =>
      `${domain ?? '自ドメイン'} についてのTLSレポート、${firstDay === lastDay ? firstDay : `${firstDay} から ${lastDay}`}（UTC）`,
    counted: {
      verified: '送信者を検証できたレポートだけを数えています。',
      all: '送信者を検証できないレポートも数えています。',
    },
    meaning: '意味と対処',
    tables: {
      reporter: 'レポート送信者',
      result: '失敗の種別',
      mx: 'MXホスト別の失敗',
      day: '日別',
    },
    unverified: '検証できず、上の数に含まれないレポート',
    nothing: 'この期間には何もありません。',
    well: '問題はありません。',
    more: (count, how) => `ほか${String(count)}件：${how}`,
  },
};
