import type { Engine } from './engine.ts';
import { parseScript, type Step } from './script.ts';
import { type ApiError, NOTHING, type Parameter, type ResultSet } from './types.ts';

/** The dataset for temporary tables and for what a rollback needs. */
const SCRATCH = 'front_scratch';
const MUTATION = /^(?:DELETE FROM|INSERT INTO|UPDATE|MERGE(?: INTO)?)\s+`([^`]+)`/i;

/** Called before each statement that is sent to the emulator; what it returns becomes its error. */
export type StatementHook = (statement: string) => ApiError | undefined;

/** What a script has made so far. */
interface Session {
  readonly parameters: readonly Parameter[];
  readonly variables: Map<string, string>;
  readonly temporary: Map<string, string>;
  transaction: Transaction | undefined;
}

/** The tables that a transaction has changed, each with the copy from before, if there is one. */
type Transaction = Map<string, string | undefined>;

/** A number is its own value. */
const NUMBER = /^\s*(\d+)(?: AS \w+)?\s*$/;

/** Runs scripts: what the emulator has no notion of happens here, statement by statement. */
export class Database {
  readonly #engine: Engine;
  readonly #hook: StatementHook;
  /** The copy of each table, kept for the next transaction: creating and dropping takes the emulator longest. */
  readonly #copies = new Map<string, { readonly name: string; readonly columns: string }>();
  readonly #temporary = new Map<string, string>();
  readonly #keepsCopies: boolean;
  #names = 0;
  #hasScratch = false;

  /**
   * Without copies a transaction that fails after it has changed something cannot be undone, which then is an error of
   * its own; with them every statement of a commit takes three times as long.
   */
  constructor(engine: Engine, hook: StatementHook, keepsCopies: boolean) {
    this.#engine = engine;
    this.#hook = hook;
    this.#keepsCopies = keepsCopies;
  }

  /** How many tables it has made in the emulator. */
  get tables(): number {
    return this.#names;
  }

  /** Runs a script to its end. An error undoes the transaction that is open. */
  async run(script: string, parameters: readonly Parameter[]): Promise<ResultSet> {
    const session: Session = {
      parameters,
      variables: new Map(),
      temporary: new Map(),
      transaction: undefined,
    };
    try {
      return await this.#steps(parseScript(script), session);
    } finally {
      if (session.transaction !== undefined) await this.#rollback(session.transaction);
    }
  }

  async #steps(steps: readonly Step[], session: Session): Promise<ResultSet> {
    let last = NOTHING;
    for (const step of steps) {
      if (step.kind === 'statement') last = (await this.#statement(step.text, session)) ?? last;
      else {
        const isTrue = (await this.#value(step.condition, session)) === 'true';
        last = await this.#steps(isTrue ? step.then : step.otherwise, session);
      }
    }
    return last;
  }

  async #statement(text: string, session: Session): Promise<ResultSet | undefined> {
    const [, variable = '', expression = ''] =
      /^(?:DECLARE (\w+) INT64 DEFAULT|SET (\w+) =)\s+(.*)$/s
        .exec(text)
        ?.filter((found) => found !== undefined) ?? [];
    if (variable !== '') {
      session.variables.set(variable, await this.#value(expression, session));
      return undefined;
    }
    if (/^BEGIN TRANSACTION$/i.test(text)) session.transaction = new Map();
    else if (/^COMMIT TRANSACTION$/i.test(text)) session.transaction = undefined;
    else if (/^RAISE USING MESSAGE = /i.test(text)) await this.#raise(text, session);
    else if (/^CREATE TEMP TABLE /i.test(text)) await this.#createTemporary(text, session);
    else if (/^ALTER TABLE /i.test(text)) await this.#addColumns(text);
    else return this.#send(text, session);
    return undefined;
  }

  async #raise(text: string, session: Session): Promise<never> {
    const message = await this.#value(text.slice(text.indexOf('=') + 1), session);
    const error: ApiError = { reason: 'invalidQuery', message: `Query error: ${message} at [7:1]` };
    throw error;
  }

  /** The emulator forgets temporary tables with the request, so it gets ordinary ones, which are used again. */
  async #createTemporary(text: string, session: Session): Promise<void> {
    const [, name = '', query = ''] = /^CREATE TEMP TABLE (\w+) AS (.*)$/is.exec(text) ?? [];
    const known = this.#temporary.get(name);
    const table = known ?? (await this.#newTable());
    if (known === undefined) await this.#send(`CREATE TABLE \`${table}\` AS ${query}`, session);
    else {
      await this.#engine.statement(`DELETE FROM \`${table}\` WHERE true`);
      await this.#send(`INSERT INTO \`${table}\` ${query}`, { ...session, transaction: undefined });
    }
    this.#temporary.set(name, table);
    session.temporary.set(name, table);
  }

  /** The emulator takes ADD COLUMN and adds none, by SQL or by REST: the table is made anew around its rows. */
  async #addColumns(text: string): Promise<void> {
    const [, name = '', list = ''] = /^ALTER TABLE `([^`]+)` (.*)$/s.exec(text) ?? [];
    const path = restPath(name);
    const { body } = await this.#engine.rest('GET', path);
    const table = body as { schema: { fields: { name: string; type: string }[] } };
    const has = new Set(table.schema.fields.map((field) => field.name.toLowerCase()));
    const added = [...list.matchAll(/ADD COLUMN IF NOT EXISTS `([^`]+)` (\w+)/g)]
      .map(([, column = '', type = '']) => ({ name: column, type }))
      .filter((field) => !has.has(field.name.toLowerCase()));
    const error = this.#hook(text);
    if (error !== undefined) throw error;
    if (added.length === 0) return;
    const copy = await this.#newTable();
    await this.#engine.statement(`CREATE TABLE \`${copy}\` AS SELECT * FROM \`${name}\``);
    await this.#engine.rest('DELETE', path);
    await this.#engine.rest('POST', path.slice(0, path.lastIndexOf('/')), {
      ...table,
      schema: { fields: [...table.schema.fields, ...added] },
    });
    const columns = table.schema.fields.map((field) => `\`${field.name}\``).join(', ');
    await this.#engine.statement(
      `INSERT INTO \`${name}\` (${columns}) SELECT ${columns} FROM \`${copy}\``,
    );
    this.#copies.delete(name);
  }

  async #value(expression: string, session: Session): Promise<string> {
    const number = NUMBER.exec(expression)?.[1];
    if (number !== undefined) return number;
    const { rows } = await this.#send(`SELECT ${expression}`, session);
    return String(rows[0]?.f[0]?.v);
  }

  async #send(text: string, session: Session): Promise<ResultSet> {
    const error = this.#hook(text);
    if (error !== undefined) throw error;
    const table = MUTATION.exec(text)?.[1];
    if (table !== undefined && session.transaction?.has(table) === false) {
      session.transaction.set(table, this.#keepsCopies ? await this.#copyOf(table) : undefined);
    }
    let resolved = text;
    for (const [name, value] of session.variables) resolved = replaced(resolved, name, value);
    for (const [name, real] of session.temporary)
      resolved = replaced(resolved, name, `\`${real}\``);
    const number = NUMBER.exec(resolved.replace(/^SELECT /, ''))?.[1];
    if (number !== undefined) return { schema: NOTHING.schema, rows: [{ f: [{ v: number }] }] };
    return this.#engine.statement(resolved, session.parameters);
  }

  async #copyOf(table: string): Promise<string> {
    const { body } = await this.#engine.rest('GET', restPath(table));
    const columns = JSON.stringify((body as { schema?: unknown }).schema);
    const copy = this.#copies.get(table);
    if (copy?.columns === columns) {
      await this.#engine.statement(`DELETE FROM \`${copy.name}\` WHERE true`);
      await this.#engine.statement(`INSERT INTO \`${copy.name}\` SELECT * FROM \`${table}\``);
      return copy.name;
    }
    const name = await this.#newTable();
    await this.#engine.statement(`CREATE TABLE \`${name}\` AS SELECT * FROM \`${table}\``);
    this.#copies.set(table, { name, columns });
    return name;
  }

  /** The emulator has no ROLLBACK: what was changed is put back. */
  async #rollback(transaction: Transaction): Promise<void> {
    for (const [table, copy] of transaction) {
      if (copy === undefined) throw new Error('A rollback is needed: have the front keep copies.');
      await this.#engine.statement(`DELETE FROM \`${table}\` WHERE true`);
      await this.#engine.statement(`INSERT INTO \`${table}\` SELECT * FROM \`${copy}\``);
    }
  }

  async #newTable(): Promise<string> {
    const { project: projectId } = this.#engine;
    if (!this.#hasScratch) {
      const datasetReference = { projectId, datasetId: SCRATCH };
      await this.#engine.rest('POST', '/datasets', { datasetReference });
      this.#hasScratch = true;
    }
    this.#names += 1;
    return `${projectId}.${SCRATCH}.t${this.#names}`;
  }
}

function replaced(text: string, name: string, by: string): string {
  return text.replace(new RegExp(`\\b${name}\\b`, 'g'), () => by);
}

function restPath(qualified: string): string {
  const [, dataset = '', table = ''] = /^[^.]+\.([^.]+)\.(.+)$/.exec(qualified) ?? [];
  return `/datasets/${dataset}/tables/${encodeURIComponent(table)}`;
}
