import type { SnowflakeInput } from '../src/config.ts';
import { Front } from './server/front.ts';
import { type Found, findPython } from './server/python.ts';

const found: Found = await findPython((line) => process.stderr.write(`${line}\n`));

/** Whether there is something that stands in for Snowflake. */
export const hasServer: boolean = found.python !== undefined;
/** The Python that has it. */
export const python: string = found.python ?? '';

/** The title of a suite that needs it: says why it is skipped. */
export function title(name: string): string {
  return found.reason === undefined ? name : `${name} [skipped: ${found.reason}]`;
}

/** Starts fakesnow, and what makes it more like Snowflake. */
export function startFront(): Promise<Front> {
  return Front.start(python);
}

/** The config for it: it lets everybody in. */
export function configOf({ url }: Front): SnowflakeInput {
  return {
    url,
    account: 'test',
    user: 'tdp_sync',
    authentication: 'password',
    password: 'For-this-test-only-4711',
    warehouse: 'WH',
    database: 'LAB',
    schema: 'TDP',
  };
}
