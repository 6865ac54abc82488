import { sinkCases } from '@tdp-sync/sink/conformance';
import { afterAll, test } from 'vitest';
import { harness } from '../src/conformance.ts';
import { FakeDatabase } from './tds/database.ts';
import { fakeServer } from './tds/server.ts';

// The whole contract over a real socket and the real driver, down to a server that only knows the shape of each
// statement: this is about the client. What servers make of the statements is for conformance.test.ts.
const database = new FakeDatabase();
const server = await fakeServer({
  answer: (request, session) => database.answer(request, session),
});
afterAll(() => server[Symbol.asyncDispose]());

const config = {
  server: '127.0.0.1',
  port: server.port,
  database: 'lab',
  user: 'tdp',
  password: 'x',
  encrypt: false,
};
// One compares twenty thousand documents, which takes seconds on a busy computer.
test.each(sinkCases(harness(config)))('$name', ({ run }) => run());
