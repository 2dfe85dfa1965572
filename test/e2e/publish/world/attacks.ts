import { RECEIVERS } from '../../world/addresses.ts';
import type { Namespace } from '../../world/namespace.ts';
import type { Receiver } from '../../world/addresses.ts';

/** Somebody who sits on the path to the MX hosts, close to them: senders and probes both meet him. */
export interface ManInTheMiddle {
  /** Connections to port 25 of `victim` reach `attacker` instead; the names in the DNS stay right. */
  divert(victim: Receiver, attacker: Receiver): void;
  goAway(): void;
}

export function createManInTheMiddle(internet: Namespace): ManInTheMiddle {
  const chain = 'type nat hook prerouting priority dstnat;';
  const nft = (rule: string) =>
    internet.run(['nft', '-f', '-'], `table ip attack {}\nflush table ip attack\n${rule}`);
  return {
    divert(victim, attacker) {
      const rule = `ip daddr ${RECEIVERS[victim]} tcp dport 25 dnat to ${RECEIVERS[attacker]}`;
      nft(`table ip attack {\n  chain path {\n    ${chain}\n    ${rule}\n  }\n}\n`);
    },
    goAway: () => void nft(''),
  };
}
