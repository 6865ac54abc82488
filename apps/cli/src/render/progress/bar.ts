import { Presets, SingleBar } from 'cli-progress';
import type { Console } from '../../console.ts';
import type { Redactor } from '../../secrets.ts';
import { visible } from '../../visible.ts';
import { clockSentences, pulledBackSentence } from '../clocks.ts';
import { number } from '../format.ts';
import type { Progress } from './progress.ts';

const FORMAT = '{sync}  {bar}  {value} of {total} files  {rate}/s  ETA {eta_formatted}  {note}';

/** A bar for each sync. */
export function progressBar(console: Console): Progress {
  const bar = new SingleBar(
    {
      format: FORMAT,
      stream: console.err.screen,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 2000,
      formatValue: (value, _options, type) =>
        type === 'value' || type === 'total' ? number(value) : String(value),
    },
    Presets.shades_classic,
  );
  let startedMs = 0;
  let done = 0;
  let failed = 0;
  let total = 0;

  const update = (): void => {
    const rate = number((done * 1000) / Math.max(Date.now() - startedMs, 1));
    const note = failed === 0 ? '' : `${number(failed)} failed`;
    // Late files can make it more than TDP had said.
    if (done > total) bar.setTotal(done);
    bar.update(done, { rate, note });
  };
  const say = (sync: string, sentence: string): void => {
    console.err.lines(`${sync}: ${sentence}`);
  };
  const wait = (delayMs: number, { message }: Error): void => {
    const seconds = Math.ceil(delayMs / 1000);
    bar.update({ note: `waiting ${seconds} s: ${reason(message, console.redactor)}` });
  };
  return {
    onEvent: (event) => {
      if (event.type === 'clocks-doubted')
        for (const sentence of clockSentences(event.clocks)) say(event.sync, sentence);
      else if (event.type === 'pulled-back')
        say(event.sync, pulledBackSentence(event.fromMs, event.toMs));
      else if (event.type === 'run-started') {
        startedMs = Date.now();
        [done, failed, total] = [0, 0, event.expected];
        bar.start(total, 0, { sync: event.sync, rate: '0', note: '' });
      } else if (event.type === 'rebuild-started') {
        total += event.stored + event.fetched;
        bar.setTotal(total);
        say(event.sync, rebuildNote(event));
      } else if (event.type === 'sink-retried') wait(event.delayMs, event.error);
      else if (event.type === 'page-read') done += event.known;
      else if (event.type === 'file-loaded') done += 1;
      else if (event.type === 'file-failed') [done, failed] = [done + 1, failed + 1];
      else return;
      update();
    },
    onExchange: ({ retry }) => {
      if (retry !== undefined) wait(retry.delayMs, retry.error);
    },
    onOutput: say,
    note: (message) => console.err.lines(message),
    end: () => bar.stop(),
  };
}

/** What a server said goes to the screen by itself. Whole as to secrets, since half of one would not be found any more. */
function reason(message: string, redactor: Redactor): string {
  return visible(redactor.clean(message)).slice(0, 60);
}

function rebuildNote({ stored, fetched }: { stored: number; fetched: number }): string {
  return (
    'the mapping has changed. The rows of all files are made anew: ' +
    `${number(stored)} of documents in the database, ${number(fetched)} by fetching them again.`
  );
}
