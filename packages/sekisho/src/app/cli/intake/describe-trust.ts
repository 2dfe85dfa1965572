import type { ReportTrust } from '../../../intake/store/index.ts';
import type { TextStyle } from '../text/style.ts';
import { showRemote, showSentence } from '../text/remote-text.ts';

/** Whether it is known who wrote a report, in a word. */
export function trustWord({ kind }: ReportTrust, { paint }: TextStyle): string {
  switch (kind) {
    case 'verified':
      return paint.good('verified');
    case 'unverified':
      return paint.careful('unverified');
    case 'unauthenticated':
      return paint.careful('not signed');
  }
}

/** The same in a sentence. */
export function describeTrust(trust: ReportTrust): string {
  switch (trust.kind) {
    case 'verified':
      return `verified: signed by ${showRemote(trust.signedBy)}, selector ${showRemote(trust.selector)}, key for ${showRemote(trust.keyService)}`;
    case 'unverified':
      return `not verified: ${showSentence(trust.why)}`;
    case 'unauthenticated':
      return 'not verified: nothing signs what comes by POST or as a file';
  }
}
