import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type Answer, DONE, failure, listed, type QueryBody, send, unpacked } from './answers.ts';
import { statementsOf } from './block.ts';
import { type Fakesnow, startFakesnow } from './fakesnow.ts';
import { Faults, type Held } from './faults.ts';
import { Locks, lockedTable } from './locks.ts';
import { Stage } from './stage.ts';
import { WarehouseMeter } from './warehouse.ts';
import { Work } from './work.ts';

/**
 * Snowflake as far as the sink needs it: fakesnow, and in front of it what fakesnow does not do. That is, in 0.12.1:
 *
 * - locks: two writers of one table are in conflict at once; here the later one waits, as Snowflake documents it;
 * - the end of a session: what it leaves open is rolled back, and its locks are given up;
 * - ALTER SESSION, LIST, Snowflake Scripting and CURRENT_TRANSACTION: a block is carried out statement by statement;
 * - BEGIN inside of a transaction, COMMIT and ROLLBACK without one: errors there, nothing at Snowflake;
 * - DDL: its notes on columns are not safe for two at a time, so it comes one after the other.
 *
 * Besides, answers can be lost: Snowflake's driver then sends the same request once more. Whether Snowflake knows it again is not certain, so
 * this can do both.
 */
export class Front extends Faults implements AsyncDisposable {
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #fakesnow: Fakesnow;
  readonly #waits: (() => void)[] = [];
  readonly #locks = new Locks(() => {
    for (const told of this.#waits.splice(0)) told();
  });
  readonly #transactions = new Set<string>();
  readonly #work = new Work();
  readonly #requests = new Map<string, { times: number; answer: Answer | undefined }>();
  #ddl: Promise<unknown> = Promise.resolve();
  readonly #stage = new Stage();
  #texts: string[] = [];
  #logins = 0;
  #telemetry = 0;
  /** Which statements need a warehouse. */
  readonly meter = new WarehouseMeter();

  private constructor(fakesnow: Fakesnow) {
    super();
    this.#fakesnow = fakesnow;
  }

  /** Starts fakesnow and the server in front of it. */
  static async start(python: string): Promise<Front> {
    const front = new Front(await startFakesnow(python));
    front.#server.listen(0, '127.0.0.1');
    await once(front.#server, 'listening');
    return front;
  }

  /** What the sink is to be given as `url`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Every statement that has come, each as often as it came: one is one round trip. */
  get statements(): readonly string[] {
    return this.#texts;
  }

  /** How often the driver has told something about itself. */
  get telemetry(): number {
    return this.#telemetry;
  }

  /** Counts anew, and has no faults. */
  reset(): void {
    this.#texts = [];
    this.#logins = 0;
    this.meter.reset();
    this.mend();
  }

  /** Resolves when somebody waits for a lock. */
  waited(): Promise<void> {
    return new Promise((resolve) => this.#waits.push(resolve));
  }

  /** Resolves when no statement is being carried out: those of who has died go on, too. */
  idle(): Promise<void> {
    return this.#work.idle();
  }

  /** Whether a transaction that is open holds a lock. */
  get isLocked(): boolean {
    return this.#locks.holders.length > 0;
  }

  /** Ends the transactions that hold a lock, as Snowflake does with one that is idle while others wait for it. */
  async abortTransactions(): Promise<void> {
    for (const session of this.#locks.holders) await this.#end(session);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#fakesnow[Symbol.asyncDispose]();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      // The client went away in the midst of its request.
      return;
    }
    const body = Buffer.concat(chunks);
    const url = new URL(request.url ?? '/', this.url);
    try {
      await this.#route(request, response, url, body);
    } catch (error) {
      send(response, { success: false, code: '261000', message: String(error), data: {} });
    }
  }

  async #route(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    body: Buffer,
  ): Promise<void> {
    const session = request.headers.authorization ?? '';
    if (url.pathname.startsWith('/fs_bucket/'))
      return await this.#file(request, response, url, body);
    if (url.pathname === '/session/v1/login-request') {
      return send(response, await this.#login(url, body));
    }
    if (url.pathname === '/session' && url.searchParams.has('delete')) {
      await this.#end(session);
      this.#locks.release(session);
      return send(response, await this.#fakesnow.ask(session, '/session?delete=true', '{}'));
    }
    if (url.pathname.startsWith('/telemetry')) this.#telemetry += 1;
    if (url.pathname !== '/queries/v1/query-request') return send(response, { success: true });
    this.#stage.note(session, request.headers.host);
    const json = JSON.parse(unpacked(request, body)) as QueryBody;
    const answer = await this.#query(session, url.searchParams.get('requestId') ?? '', json);
    if (answer === undefined) return void response.destroy();
    send(response, answer);
  }

  async #login(url: URL, body: Buffer): Promise<Answer> {
    this.#logins += 1;
    const given = body[0] === 0x1f ? gunzipSync(body).toString() : body.toString();
    const answer = await this.#fakesnow.ask('', `${url.pathname}${url.search}`, given);
    const validity = { validityInSeconds: 3_600, masterValidityInSeconds: 14_400 };
    const data = answer.data as Record<string, unknown>;
    const session = { masterToken: 'master', sessionId: this.#logins, ...validity };
    return { ...answer, data: { ...data, ...session } };
  }

  /** `undefined` when the answer is lost. */
  async #query(session: string, id: string, body: QueryBody): Promise<Answer | undefined> {
    const known = this.#requests.get(id) ?? { times: 0, answer: undefined };
    this.#requests.set(id, known);
    this.#texts.push(body.sqlText);
    const fault = this.onStatement({ text: body.sqlText, again: known.times });
    known.times += 1;
    if (typeof fault === 'object') return failure(fault.code, fault.sqlState);
    if (this.remembersRequests && known.answer !== undefined) return known.answer;
    await this.before(body.sqlText);
    const answer = await this.#work.during(() => this.#block(session, body));
    known.answer = answer;
    return fault === 'lose answer' ? undefined : answer;
  }

  async #block(session: string, body: QueryBody): Promise<Answer> {
    const statements = statementsOf(body.sqlText);
    let answer: Answer = { success: true };
    for (const sqlText of statements) {
      const held = this.held?.is(sqlText) ? this.held : undefined;
      if (held?.isDone !== true) await this.#hold(held);
      answer = await this.#statement(session, { ...body, sqlText });
      await this.#hold(held);
      if (!answer.success) return answer;
    }
    return statements.length === 1 ? answer : DONE;
  }

  async #hold(held: Held | undefined): Promise<void> {
    if (held === undefined) return;
    this.held = undefined;
    this.#work.leave();
    held.reached();
    await new Promise(() => undefined);
  }

  async #statement(session: string, body: QueryBody): Promise<Answer> {
    const { sqlText } = body;
    const isOpen = this.#transactions.has(session);
    if (/^ALTER SESSION /.test(sqlText)) return DONE;
    // fakesnow describes every statement that it is asked, and cannot describe this one.
    if (/^COMMENT ON /.test(sqlText)) return DONE;
    if (/^LIST /.test(sqlText)) return listed(this.#stage.countOf(session));
    if (/^(?:COMMIT|ROLLBACK)$/.test(sqlText) && !isOpen) return DONE;
    if (/^BEGIN TRANSACTION$/.test(sqlText) && isOpen) return DONE;
    const table = lockedTable(sqlText);
    if (table !== undefined) await this.#locks.take(session, table);
    const transaction = isOpen ? "'1'" : 'CAST(NULL AS VARCHAR)';
    const asked = { ...body, sqlText: sqlText.replaceAll('CURRENT_TRANSACTION()', transaction) };
    const answer = /^(?:CREATE|ALTER|DROP) /.test(sqlText)
      ? await this.#inTurn(() => this.#carryOut(session, asked))
      : await this.#carryOut(session, asked);
    if (answer.success) {
      if (/^BEGIN TRANSACTION$/.test(sqlText)) this.#transactions.add(session);
      if (/^(?:COMMIT|ROLLBACK)$/.test(sqlText)) this.#transactions.delete(session);
      this.meter.note(sqlText, body.bindings !== undefined);
    }
    if (!this.#transactions.has(session)) this.#locks.release(session);
    return answer;
  }

  async #carryOut(session: string, body: QueryBody): Promise<Answer> {
    const answer = await this.#fakesnow.ask(
      session,
      '/queries/v1/query-request',
      JSON.stringify(body),
    );
    return this.#stage.addressed(session, answer);
  }

  async #file(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    body: Buffer,
  ): Promise<void> {
    const status = request.method === 'PUT' ? this.onUpload() : 404;
    const { port } = this.#fakesnow;
    response.writeHead(status ?? (await this.#stage.take(port, url.pathname, body))).end();
  }

  async #end(session: string): Promise<void> {
    if (!this.#transactions.delete(session)) return;
    await this.#fakesnow.ask(
      session,
      '/queries/v1/query-request',
      JSON.stringify({ sqlText: 'ROLLBACK' }),
    );
    this.#locks.release(session);
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#ddl.then(task);
    this.#ddl = result.catch(() => undefined);
    return result;
  }
}
