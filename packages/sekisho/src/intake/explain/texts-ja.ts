import type { Facts, Texts } from './texts.ts';

const mx = ({ mxHost, addresses = [] }: Facts): string => {
  const where = addresses.length === 0 ? '' : `（${addresses.join('、')}）`;
  return mxHost === undefined ? `名前のないMXホスト${where}` : `MX ${mxHost}${where}`;
};

/** What senders say of failures, in Japanese. */
export const TEXTS_JA: Texts = {
  findings: {
    'mx-not-in-policy': {
      meaning: (facts) =>
        `${mx(facts)} は、送信側が持つポリシーのどの mx パターンにも一致しません。`,
      remedy: ({ mxHost }) =>
        `${mxHost ?? 'ホスト'} をポリシーに加えるか、MXレコードから外してください。新しいポリシーがすべての送信側に届くまで、ほかの変更は待ってください。`,
    },
    'starttls-missing': {
      meaning: (facts) => `${mx(facts)} は STARTTLS を提示しませんでした。`,
      remedy: () =>
        'メールサーバーのTLSを有効にしてください。有効であれば、STARTTLSを取り除くファイアウォールやプロキシがないか確認してください。',
    },
    'certificate-host-mismatch': {
      meaning: (facts) =>
        facts.isDane
          ? `${mx(facts)} の証明書は、DANEが求める名前に一致しません。`
          : `${mx(facts)} の証明書の名前がホスト名と異なります。`,
      remedy: ({ mxHost }) =>
        `DNS名 ${mxHost ?? '（MXホスト名）'} を含む証明書を設定し、SNIによって別の証明書が選ばれないことを確認してください。`,
    },
    'certificate-expired': {
      meaning: (facts) => `${mx(facts)} の証明書は有効期限が切れています。`,
      remedy: () =>
        '証明書を更新してメールサーバーに読み込ませ、自動更新が動かなかった原因を調べてください。すべてのアドレスで新しい証明書になっているか確認してください。',
    },
    'certificate-not-trusted': {
      meaning: (facts) => `${mx(facts)} の証明書は、送信側が信頼する認証局のものではありません。`,
      remedy: ({ isDane }) =>
        isDane
          ? '使用中の証明書とTLSAレコードを比べてください。'
          : '公的な認証局の証明書を、中間証明書をすべて付けて設定してください。',
    },
    'negotiation-failed': {
      meaning: (facts) => `${mx(facts)} とのTLSが、専用の種別のない理由で失敗しました。`,
      remedy: ({ reasons = [] }) =>
        reasons.length === 0
          ? '理由はどの報告にもありません。外部から接続を試し、同じ日のメールサーバーのログを調べてください。'
          : '示された理由と、同じ日のメールサーバーのログを調べてください。古いTLSバージョンや鍵の不具合がよくある原因です。',
    },
    'policy-unfetchable': {
      meaning: ({ policyHost }) => `送信側は ${policyHost} からポリシーを取得できませんでした。`,
      remedy: ({ policyHost }) =>
        `${policyHost} が外部から、IPv6を含むすべてのアドレスで、リダイレクトなしにステータス200で応答するか確認し、同じ日のポリシーホストのログと比べてください。`,
    },
    'policy-invalid': {
      meaning: ({ policyHost }) =>
        `送信側は ${policyHost} から取得したポリシーを使えませんでした。`,
      remedy: () => '配信されているポリシーの本文を一行ずつ確認してください。',
    },
    'policy-host-untrusted': {
      meaning: ({ policyHost }) =>
        `送信側は ${policyHost} の証明書を信頼できず、ポリシーを受け取りませんでした。`,
      remedy: ({ policyHost }) =>
        `${policyHost} の証明書の名前、期限、中間証明書を、すべてのアドレスで確認してください。`,
    },
    'tlsa-invalid': {
      meaning: (facts) => `DANE：${mx(facts)} に有効なTLSAレコードがありません。`,
      remedy: () =>
        '使用中の証明書とTLSAレコードを比べてください。新しい証明書のレコードは、設定する前に公開してください。',
    },
    'dnssec-invalid': {
      meaning: (facts) => `DANE：${mx(facts)} のDNSSEC検証に失敗しました。`,
      remedy: () => 'MXホストのゾーンについて、DNSSECの連鎖と署名の期限を確認してください。',
    },
    'dane-required': {
      meaning: (facts) =>
        `DANE：ある送信側はDANEを必須としていますが、${mx(facts)} に有効なTLSAレコードがありません。`,
      remedy: () => 'MXホストのTLSAレコードを公開するか、その送信側と相談してください。',
    },
    'unknown-result': {
      meaning: (facts) => `${mx(facts)}：ここでは未知の種別の失敗です。`,
      remedy: () => '報告そのものを読み、報告者の連絡先に問い合わせてください。',
    },
    'reporter-silent': {
      meaning: ({ reporters = [], missedDays = 0, lastDay = '', usualDays = 1 }) =>
        `${reporters[0] ?? ''} からの報告が${missedDays}日間ありません（通常は${usualDays}日ごと）。最後の報告は ${lastDay} の分です。`,
      remedy: () =>
        'ほかの報告者からは届いているか、TLSRPTレコードがあるか、そこに書かれた宛先が受け取れるかを確認してください。単にその送信側からメールが来ていないこともあります。',
    },
    'reporter-new': {
      meaning: ({ reporters = [], firstDay = '' }) =>
        `${reporters[0] ?? ''} が ${firstDay} から新たに報告しています。`,
      remedy: () => '対応は不要です。',
    },
    'sessions-dropped': {
      meaning: ({ sessions = 0, before = 0 }) =>
        `報告されたセッションは${sessions}件で、その前の同じ日数では${before}件でした。`,
      remedy: () =>
        '届くメールが減ったのか、報告が減ったのかを確認してください。まったく配送できない送信側は何も報告しません。',
    },
    'no-reports': {
      meaning: () => 'この期間に検証済みの報告はありません。',
      remedy: () =>
        'TLSRPTレコードとそこに書かれた宛先を確認してください。新しいレコードでは、最初の報告まで一、二日かかります。',
    },
  },
  seen: (facts) => {
    const {
      sessions = 0,
      firstDay = '',
      lastDay = '',
      reporters = [],
      reach,
      allReporters = 0,
    } = facts;
    const when = firstDay === lastDay ? firstDay : `${firstDay}から${lastDay}まで`;
    const reasons = facts.reasons?.length ? `示された理由：${facts.reasons.join('；')}。` : '';
    const who = {
      'only-reporter': `唯一の報告者 ${reporters[0] ?? ''} によります`,
      'one-of-several': `報告者${allReporters}者のうち ${reporters[0] ?? ''} だけによります。原因は先方や経路にあるかもしれません`,
      some: `報告者${allReporters}者のうち${reporters.length}者（${reporters.join('、')}）によります`,
      all: `報告者${allReporters}者すべてによります`,
    }[reach ?? 'all'];
    return `${when}に${sessions}セッション、${who}。${reasons}`;
  },
  effect: ({ modes = [], isDane = false }) => {
    if (isDane) return 'DANEを使う送信側は、その試行では配送しませんでした。';
    if (modes.includes('enforce')) return 'enforceのため、その試行では配送されませんでした。';
    if (modes.includes('testing')) return 'testingのため、それでも配送されました。';
    return '';
  },
};
