import { hash } from 'node:crypto';

const SHOWN = 40;
const MARK = 16;

/** What pg-boss calls the queue of a service: it takes few characters, so that another name is told apart by a mark. */
export function queueName(service: string): string {
  const shown = service.replace(/[^\w.-]+/g, '-').slice(0, SHOWN);
  return `${shown}-${hash('sha256', service).slice(0, MARK)}`;
}

/** A text as PostgreSQL can hold it, which knows no U+0000 and no half of a character: as it is, or as JSON writes it. */
export function storable(text: string): string {
  const isPlain = text.isWellFormed() && !text.includes('\0') && !text.startsWith('"');
  return isPlain ? text : JSON.stringify(text);
}

/** The text that was made {@link storable}. */
export function original(stored: string): string {
  return stored.startsWith('"') ? String(JSON.parse(stored)) : stored;
}
