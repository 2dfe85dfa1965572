import { AUTHORITATIVE_ANSWER, type DecodedPacket, type Packet } from 'dns-packet';
import {
  type DnsTable,
  emptyResponse,
  type NegativeTimes,
  RCODES,
  soaRecord,
} from './dns-table.ts';

/** What a server of these zones says: with AA, without recursion, and only of names that are in them. */
export function authoritativeResponse(
  table: DnsTable,
  query: DecodedPacket,
  times: NegativeTimes,
  zones: readonly string[],
): Packet {
  const { name = '.', type = 'A' } = query.questions?.[0] ?? {};
  const zone = findZone(name, zones);
  if (zone === undefined) return emptyResponse(query, RCODES.refused);
  const { exists, answers, end } = table.resolve(name, type);
  const isElsewhere = findZone(end, zones) === undefined;
  const isNegative = !isElsewhere && !answers.some((answer) => answer.type === type);
  const response = emptyResponse(query, exists || isElsewhere ? RCODES.noerror : RCODES.nxdomain);
  return {
    ...response,
    flags: (response.flags ?? 0) | AUTHORITATIVE_ANSWER,
    answers: [...answers],
    authorities: isNegative ? [{ ...soaRecord(end, times), name: zone }] : [],
  };
}

function findZone(name: string, zones: readonly string[]): string | undefined {
  const key = name.toLowerCase();
  return zones.find((zone) => key === zone || key.endsWith(`.${zone}`));
}
