import { BURST, COLLECT_DOMAINS, type CollectResult } from '../measure/collect.ts';
import { median } from '../measure/median.ts';
import { type Claim, inform } from './claim.ts';
import { formatNumber } from './numbers.ts';

const whole = (value: number): string => Math.round(value).toLocaleString('en-GB');

const lossless = (what: string, lost: number): Claim => ({
  what,
  value: whole(lost),
  wanted: '0',
  isMet: lost === 0,
});

/** The collector of Postfix's datagrams. */
export function judgeCollect(collect: CollectResult | undefined): readonly Claim[] {
  if (collect === undefined) return [];
  const { sustained, burstRefused, burstSeconds, queueLength, meanBytes } = collect;
  const title = `collecting, ${whole(meanBytes)}-byte datagrams of ${whole(COLLECT_DOMAINS)} domains`;
  const burst = `collecting, burst of ${whole(BURST)} without a pause, queue of ${String(queueLength)}`;
  const refused = median(burstRefused) / BURST;
  const seconds = median(burstSeconds);
  return [
    inform(`${title}: each second`, whole(median(sustained.map(({ perSecond }) => perSecond)))),
    inform(`${title}: CPU each`, `${formatNumber(median(sustained.map(({ cpuUs }) => cpuUs)))} µs`),
    lossless(`${title}: lost`, collect.sustainedLost),
    inform(`${burst}: refused by the kernel`, `${(refused * 100).toFixed(1)} %`),
    inform(`${burst}: offered each second`, whole(BURST / seconds)),
    lossless(`${burst}: taken and lost`, collect.burstLost),
    inform('collecting: RSS after all of it', `${formatNumber(collect.rssMb)} MB`),
  ];
}
