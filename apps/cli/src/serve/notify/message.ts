import type { News, NewsKind } from './news.ts';

const HEADS: Readonly<Record<NewsKind, string>> = {
  failing: ':red_circle:',
  recovered: ':large_green_circle:',
  behind: ':large_yellow_circle:',
  'caught-up': ':large_green_circle:',
  differences: ':large_yellow_circle:',
};
/** Enough for every sentence of ours; an error may quote a page of HTML. */
const LONGEST = 1000;

/** What is posted to a webhook: `format` grows when a receiver would have to change. */
export function webhookBody({ kind, sync, text }: News, atMs: number, page?: string): object {
  const at = new Date(atMs).toISOString();
  return { format: 1, kind, sync, text: cut(text), at, ...(page === undefined ? {} : { page }) };
}

/** What is posted to Slack's incoming webhook (https://docs.slack.dev/messaging/formatting-message-text). */
export function slackBody({ kind, sync, text }: News, page?: string): object {
  const link = page === undefined ? '' : ` <${page}|status>`;
  return { text: `${HEADS[kind]} *${plain(sync)}* ${plain(cut(text))}${link}` };
}

/** The three characters by which Slack knows commands, so that no file's name makes a link or calls everybody. */
function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)} …`;
}
