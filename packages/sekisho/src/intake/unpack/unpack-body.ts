import type { IntakeLimits } from './limits.ts';
import { openPayload } from './open-payload.ts';
import type { FoundText, Unpacked } from './unpack-message.ts';

/**
 * Opens a report that came without a message around it. Neither its media type nor its content coding is believed:
 * both are seen in the bytes. RFC 8460 §5.4.
 */
export async function unpackBody(
  body: Buffer,
  fileName: string | undefined,
  limits: IntakeLimits,
): Promise<Pick<Unpacked, 'texts' | 'problems'>> {
  const opened = await openPayload(body, limits.reportBytes, limits);
  if (opened.kind === 'unusable') return { texts: [], problems: [opened.problem] };
  const texts = opened.texts.map((text): FoundText => {
    const name = text.fileName ?? fileName;
    return {
      bytes: text.bytes,
      ...(name === undefined ? {} : { fileName: name }),
      isClaimed: true,
    };
  });
  return { texts, problems: texts.length === 0 ? ['its archive is empty'] : [] };
}
