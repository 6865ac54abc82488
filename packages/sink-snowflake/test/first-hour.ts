/** Asks a real account what only one can tell. Run by hand: see the README. Prints one line of JSON for each question. */
import { SinkError } from '@tdp-sync/sink';
import { accountOf, NEEDED } from './account.ts';
import { QUESTIONS } from './first-hour/questions.ts';
import { openTrial } from './first-hour/trial.ts';

const account = accountOf(process.env);
if (account === undefined) {
  process.stderr.write(`${NEEDED}\n`);
  process.exit(1);
}
await using trial = await openTrial(account);
for (const [question, ask] of Object.entries(QUESTIONS)) {
  const began = performance.now();
  const answer = await ask(trial).catch(codesOf);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  process.stdout.write(`${JSON.stringify({ question, answer, seconds })}\n`);
}

/** What may be sent on: a message names account, database and schema. */
function codesOf(error: unknown): unknown {
  if (!(error instanceof SinkError)) return { failed: (error as Error).name };
  return { failed: error.code, by: error.cause instanceof Error ? error.cause.message : undefined };
}
