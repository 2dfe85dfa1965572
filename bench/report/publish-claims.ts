import { median } from '../measure/median.ts';
import { PUBLISH_DOMAINS, type PublishPoint, type PublishResult } from '../measure/publish.ts';
import type { FetchRound } from '../harness/publish-load.ts';
import { type Claim, inform } from './claim.ts';
import { formatNumber, formatRatio } from './numbers.ts';

/** Of what nginx spends that, as we do, finds a certificate for each host. */
const LEAST_SHARE_OF_EACH = 1;
const MOST_RSS_MB = 400;
/** Above this share of others the server did not have its core to itself. */
const MOST_OTHERS = 0.1;
const TITLE = 'policy host, handshake and GET';

const isQuiet = ({ othersShare }: FetchRound): boolean => othersShare <= MOST_OTHERS;

/** Within each round, so that noise cancels out. */
function shareOfNginx(sekisho: PublishPoint, nginx: PublishPoint): number {
  const pairs = sekisho.rounds.flatMap((mine, index) => {
    const its = nginx.rounds[index];
    return its === undefined ? [] : [{ mine, its }];
  });
  const quiet = pairs.filter(({ mine, its }) => isQuiet(mine) && isQuiet(its));
  const chosen = quiet.length > 0 ? quiet : pairs;
  return median(chosen.map(({ mine, its }) => its.cpuUs / mine.cpuUs));
}

function describe({ subject, rounds }: PublishPoint): Claim {
  const middle = (read: (round: FetchRound) => number): string =>
    formatNumber(median(rounds.map(read)));
  const generator = middle(({ generatorBusy }) => generatorBusy * 100);
  return inform(
    `${TITLE}: ${subject}, each second; CPU each; generator busy`,
    `${middle(({ perSecond }) => perSecond)}; ${middle(({ cpuUs }) => cpuUs)} µs; ${generator} %`,
  );
}

function compare(sekisho: PublishPoint, nginx: PublishPoint): Claim {
  const share = shareOfNginx(sekisho, nginx);
  const what = `${TITLE}: of "${nginx.subject}" per core, by CPU`;
  if (nginx.subject !== 'nginx, each') return inform(what, formatRatio(share));
  return {
    what,
    value: formatRatio(share),
    wanted: `≥ ${formatRatio(LEAST_SHARE_OF_EACH)}`,
    isMet: share >= LEAST_SHARE_OF_EACH,
  };
}

function judgeFetches({ points }: PublishResult): readonly Claim[] {
  const [sekisho, ...others] = points;
  if (sekisho === undefined) return [];
  return [...points.map(describe), ...others.map((other) => compare(sekisho, other))];
}

/** The policy host beside nginx. */
export function judgePublish(publish: PublishResult | undefined): readonly Claim[] {
  if (publish === undefined) return [];
  const { rssMb, ready } = publish;
  const many = PUBLISH_DOMAINS.toLocaleString('en-GB');
  return [
    ...judgeFetches(publish),
    {
      what: `policy host: RSS with ${many} domains, all asked for`,
      value: `${formatNumber(rssMb)} MB`,
      wanted: `< ${formatNumber(MOST_RSS_MB)} MB`,
      isMet: rssMb < MOST_RSS_MB,
    },
    ...ready.map(({ domains, triesMs }) =>
      inform(
        `policy host: time to the first policy with ${domains.toLocaleString('en-GB')} domains`,
        `${(median(triesMs) / 1000).toFixed(2)} s`,
      ),
    ),
  ];
}
