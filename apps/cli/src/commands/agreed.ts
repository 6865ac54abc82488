import { createInterface } from 'node:readline/promises';
import type { Console } from '../console.ts';

/** Asks somebody who sits there; nobody else agrees to anything. */
export async function isAgreed(question: string, console: Console): Promise<boolean> {
  if (!console.isTerminal) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
