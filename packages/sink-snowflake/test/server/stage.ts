import type { Answer } from './answers.ts';

/** Where files go: fakesnow keeps them, and says so in words that the driver does not take. */
export class Stage {
  /** The address by which each session knows the server. */
  readonly #hosts = new Map<string, string>();
  /** How many files have arrived, by the session that sent them. */
  readonly #files = new Map<string, number>();
  /** Who has asked last where a file is to go. */
  #uploader = '';

  /** Notes by which address a session has come. */
  note(session: string, host: string | undefined): void {
    this.#hosts.set(session, host ?? '');
  }

  /** How many files of a session have arrived. */
  countOf(session: string): number {
    return this.#files.get(session) ?? 0;
  }

  /** An answer to PUT as the driver wants it, any other as it is. */
  addressed(session: string, answer: Answer): Answer {
    const data = answer.data as { stageInfo?: Record<string, unknown> } | undefined;
    if (data?.stageInfo === undefined) return answer;
    // Of the addresses that it gets the driver does not take the one with the name that it has been given.
    const { presignedUrl } = data.stageInfo;
    const address = String(presignedUrl)
      .replace(/^http:\/\/[^/]+/, `http://${this.#hosts.get(session)}`)
      .replace(/undefined$/, 'lines.json.gz');
    const stageInfo = { ...data.stageInfo, region: 'local', presignedUrl: address };
    this.#uploader = session;
    return { ...answer, data: { ...data, stageInfo } };
  }

  /** Hands a file on to fakesnow. The HTTP status. */
  async take(port: number, path: string, body: Buffer): Promise<number> {
    const stored = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'PUT',
      body: new Uint8Array(body),
    });
    this.#files.set(this.#uploader, this.countOf(this.#uploader) + 1);
    return stored.status;
  }
}
