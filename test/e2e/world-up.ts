/**
 * Builds the closed world for people: `node test/e2e/world-up.ts [CASE…]`. Every case's domain is
 * there in its first step; Enter leads to the next one; Ctrl-C ends everything.
 */
import { createInterface } from 'node:readline';
import { reasonsAgainst } from './available.ts';
import { CASES } from './cases.ts';
import { type Case, domainOf, formatOutcome, recipientOf } from './world/case.ts';
import { planFor } from './world/run-cases.ts';
import { startWorld, type World } from './world/world.ts';

const wanted = process.argv.slice(2).map(Number);
const cases = CASES.filter(({ number }) => wanted.length === 0 || wanted.includes(number));

/** Lets every case's site be as in its given step, or as in its last one. */
async function present(world: World, index: number): Promise<void> {
  const stepOf = (each: Case) => each.steps[index] ?? each.steps.at(-1);
  const steps = cases.flatMap((each) => {
    const step = stepOf(each);
    return step === undefined ? [] : [{ each, step }];
  });
  await world.present(new Map(steps.map(({ each, step }) => [domainOf(each), step.site])));
  console.log(`\nStep ${index + 1}. Who writes to… and what RFC 8461 demands:`);
  for (const { each, step } of steps) {
    const what = `${each.mode}; ${each.what}; ${step.when}`;
    console.log(
      `  ${recipientOf(each).padEnd(26)} ${formatOutcome(step.demanded).padEnd(36)} ${what}`,
    );
  }
}

function explain({ folder, network, daemon }: World): void {
  const inside = `ip netns exec ${network.sender.name}`;
  const sekisho = daemon.command.join(' ');
  console.log(`
The closed world is up, in ${folder}. In another terminal, as root:

  send       echo hello | ${inside} env MAIL_CONFIG=${folder}/sender/etc sendmail RECIPIENT
  queue      ${inside} env MAIL_CONFIG=${folder}/sender/etc postqueue -p
  retry      ${inside} env MAIL_CONFIG=${folder}/sender/etc postqueue -f
  mailboxes  grep -r ^To: ${folder}/receivers/mailboxes
  Postfix    tail -f ${folder}/sender/mail.log
  Sekisho    ${inside} ${sekisho} --config ${daemon.configFile} query DOMAIN
  answer     ${inside} postmap -q DOMAIN socketmap:inet:127.0.0.1:8461:sts
  DNS        ${inside} kdig @127.0.0.1 _mta-sts.DOMAIN TXT

Enter: the next step of every case (the attack, or the change). Ctrl-C: the end.`);
}

async function untilInterrupted(world: World): Promise<void> {
  let index = 0;
  const lines = createInterface({ input: process.stdin });
  lines.on('line', () => {
    index += 1;
    void present(world, index).catch((error: unknown) => console.error(error));
  });
  // The end of the input (a closed terminal, no terminal at all) is not the end of the world.
  const awake = setInterval(() => undefined, 60_000);
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve);
  });
  clearInterval(awake);
  lines.close();
}

const reasons = reasonsAgainst();
if (reasons.length > 0) {
  console.error(`The closed world cannot be built here: ${reasons.join('; ')}.`);
  process.exitCode = 1;
} else {
  const world = await startWorld(planFor(cases));
  try {
    await present(world, 0);
    explain(world);
    await untilInterrupted(world);
  } finally {
    console.log('\nEnding everything.');
    await world.tearDown();
  }
}
