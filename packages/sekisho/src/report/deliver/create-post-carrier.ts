import { gzipSync } from 'node:zlib';
import type { ReportPost } from '../../io/report-post/index.ts';
import type { ReportCarrier } from './carrier.ts';
import { carryCommitted } from './carry-committed.ts';

/** Makes the carrier for `https` destinations (RFC 8460 §5.4): the bare report, compressed. */
export function createPostCarrier(options: { readonly reportPost: ReportPost }): ReportCarrier {
  return {
    carry: ({ destination, json }, carryOptions) =>
      carryCommitted(carryOptions, (beforeCommit) =>
        options.reportPost.post(
          { url: destination, body: gzipSync(json), contentType: 'application/tlsrpt+gzip' },
          { ...carryOptions, beforeCommit },
        ),
      ),
  };
}
