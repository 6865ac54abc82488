/** Asks a real account what only one can tell. Run by hand: see the README. Prints one line of JSON for each question. */
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
  const answer = await ask(trial).catch((error: unknown) => ({ failed: String(error) }));
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  process.stdout.write(`${JSON.stringify({ question, answer, seconds })}\n`);
}
