import type { OrderResult } from '../../../report/index.ts';
import { loadSettings } from '../../config/index.ts';
import { controlSocketOf } from '../../state/index.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { createServiceClient } from '../publish/publish-client.ts';
import { tellOrder, tellUnavailable } from './tell.ts';

/** Gives an order to the service, and says what became of it. */
export async function giveOrder(
  context: CliContext,
  verb: 'send' | 'retry',
  body: object,
  isJson: boolean,
): Promise<ExitCode> {
  const { settings } = loadSettings(context);
  const client = createServiceClient(controlSocketOf(settings, 'reporter'));
  const answer = await client.ask('POST', `/v1/${verb}`, body);
  if (answer === undefined) return tellUnavailable(context, client.socketPath);
  if (answer.status !== 200) {
    context.stderr.write(
      'sekisho: the service does not understand the order; is it of another version?\n',
    );
    return EXIT.software;
  }
  return tellOrder(context, answer.body as OrderResult, isJson);
}
