/**
 * A replica in a process of its own: `URL`, `SCHEMA` and `REPLICA` are in the environment. Takes one task and says what becomes of it, a line of JSON
 * each time. `done` on stdin ends the task, `leave` the queue.
 */
import { createInterface } from 'node:readline';
import queue from '@tdp-sync/queue-postgres';

const { URL: url = '', SCHEMA: schema = '', REPLICA: replica = '' } = process.env;
const say = (what: string): void => {
  process.stdout.write(`${what}\n`);
};
const opened = await queue.open({ url, schema }, { service: 'lab', replica, baseDir: '/' });
say('open');
const lines = createInterface({ input: process.stdin });
const leaving = new AbortController();
lines.on('line', (line) => {
  if (line !== 'leave') return;
  leaving.abort(new Error('Told to leave'));
  lines.close();
  process.stdin.destroy();
});
try {
  const taken = await opened.take(leaving.signal);
  say(`taken ${taken.key}`);
  taken.signal.addEventListener('abort', () => say('aborted'));
  lines.on('line', async (line) => {
    if (line !== 'done') return;
    await opened.done(taken, replica).then(
      () => say('done'),
      (error: unknown) => say(String(error)),
    );
  });
  if (!leaving.signal.aborted) {
    await new Promise((resolve) => leaving.signal.addEventListener('abort', resolve));
  }
} catch (error) {
  say(String(error));
}
// Nothing else ends this process: a timer or a connection that stays would keep it.
await opened[Symbol.asyncDispose]();
say('left');
