#!/usr/bin/env node
// Nothing is imported before the version is known, and this file uses no syntax that an older Node
// cannot read: otherwise its user would see a stack trace instead of the sentence below.
const OLDEST_MAJOR = 24;

if (Number(process.versions.node.split('.')[0]) < OLDEST_MAJOR) {
  process.stderr.write(
    `sekisho: this is Node.js ${process.versions.node}; version ${String(OLDEST_MAJOR)} or newer is needed.\n`,
  );
  process.exitCode = 78;
} else {
  const { runCli } = await import('./cli/run-cli.ts');
  process.exitCode = await runCli(process.argv.slice(2));
}
