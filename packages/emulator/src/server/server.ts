import { Port } from '../http/port.ts';
import { type EmulatorRequest, type EmulatorResponse, refusal } from '../messages.ts';
import { type Emulator, EmulatorCore, type EmulatorOptions } from './emulator.ts';

/** How an emulator listens. */
export interface StartOptions extends EmulatorOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Port of the API. Default: a free one. */
  readonly port?: number;
  /** Port of the storage. Default: a free one. */
  readonly storagePort?: number;
}

/** The content of a credentials file as TDP's users have it. */
export interface AuthFile {
  readonly api_url: string;
  readonly auth_token: string;
  readonly org: string;
}

/** An emulated TDP that listens. Disposing it closes both listeners and all connections. */
export interface RunningEmulator extends Emulator, AsyncDisposable {
  /** `http://127.0.0.1:PORT`, with and without `/v1` behind it. */
  readonly url: string;
  /** Where presigned URLs point: another port, so that it is another host to a client. */
  readonly storageUrl: string;
  authFile(): AuthFile;
}

type Handle = (request: EmulatorRequest, inFlight: number) => EmulatorResponse;

/** A mistake of the emulator's own is an answer, and ends nothing. */
function safely(handle: Handle): Handle {
  return (request, inFlight) => {
    try {
      return handle(request, inFlight);
    } catch (error) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return refusal(500, `The emulator failed, which is a mistake of its own: ${what}`);
    }
  };
}

class Running extends EmulatorCore implements RunningEmulator {
  url = '';
  readonly #ports: Port[] = [];

  get storageUrl(): string {
    return this.storageOrigin;
  }

  async listen({ host = '127.0.0.1', port = 0, storagePort = 0 }: StartOptions): Promise<this> {
    const api = new Port(
      safely((request, inFlight) => this.handleApi(request, inFlight)),
      this.stats,
    );
    const storage = new Port(
      safely((request, inFlight) => this.handleStorage(request, inFlight)),
      this.stats,
    );
    this.#ports.push(api, storage);
    this.url = await api.listen(port, host);
    this.storageOrigin = await storage.listen(storagePort, host);
    return this;
  }

  authFile(): AuthFile {
    return { api_url: `${this.url}/v1/`, auth_token: this.token, org: this.org };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#ports.splice(0).map((port) => port.close()));
  }
}

/** Starts an emulator on two ports of this machine. */
export async function startEmulator(options: StartOptions = {}): Promise<RunningEmulator> {
  return new Running(options).listen(options);
}
