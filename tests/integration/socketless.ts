import { TdpClient, type TdpClientOptions } from '@tdp-sync/core';
import { createEmulator, type EmulatorOptions } from '@tdp-sync/emulator';

/** A client without sockets; `refuse` may answer in the emulator's place. */
export function clientOf(
  options: EmulatorOptions,
  refuse: (body: string) => boolean = () => false,
): { readonly emulator: ReturnType<typeof createEmulator>; readonly client: TdpClient } {
  const emulator = createEmulator(options);
  const transport: TdpClientOptions['transport'] = async ({ method, url, headers, body = '' }) => {
    if (refuse(body)) {
      const error = {
        type: 'parsing_exception',
        reason: '[date_histogram] unknown field [interval]',
      };
      return { status: 400, headers: {}, body: Buffer.from(JSON.stringify({ error })) };
    }
    const answer = emulator.handle({
      method,
      url,
      headers: { ...headers },
      body: Buffer.from(body),
    });
    return { ...answer, body: Buffer.from(answer.body) };
  };
  const client = new TdpClient({
    url: 'https://tdp.invalid',
    credentials: async () => ({ token: emulator.token, org: emulator.org }),
    transport,
    clock: { now: () => Date.now(), sleep: async () => undefined },
    random: () => 0.5,
  });
  return { emulator, client };
}
