import { randomBytes } from 'node:crypto';
import { configSchema, type SnowflakeConfig, type SnowflakeInput } from '../../src/config.ts';
import { schemaOf } from '../../src/names.ts';
import { Session } from '../../src/session.ts';
import { readSettings } from '../../src/settings.ts';

/** A schema of its own in an account, dropped in the end. */
export interface Trial extends AsyncDisposable {
  readonly config: SnowflakeConfig;
  /** The schema, as statements name it. */
  readonly schema: string;
  /** A new session. */
  open(): Promise<Session>;
  /** A session for statements that have nothing to do with one another. */
  readonly session: Session;
}

/** Asks, and says what the account answers: numbers, types and codes, never a value or a name of the user's. */
export type Question = (trial: Trial) => Promise<unknown>;

/** Makes the schema. */
export async function openTrial(given: SnowflakeInput): Promise<Trial> {
  const schema = `TDP_SYNC_TRIAL_${randomBytes(4).toString('hex').toUpperCase()}`;
  const config = configSchema.parse({ ...given, schema });
  const settings = readSettings(config, process.cwd());
  const sessions: Session[] = [];
  const open = async () => {
    const session = await Session.open(settings, { keepsAwake: false });
    sessions.push(session);
    return session;
  };
  const maker = await open();
  await maker.query(`CREATE SCHEMA IF NOT EXISTS ${schemaOf(settings.place)}`);
  // One that begins when the schema is there has it as its own.
  const session = await open();
  return {
    config,
    schema: schemaOf(settings.place),
    open,
    session,
    [Symbol.asyncDispose]: async () => {
      await maker.query(`DROP SCHEMA IF EXISTS ${schemaOf(settings.place)} CASCADE`);
      await Promise.all(sessions.map((one) => one.close()));
    },
  };
}
