/** Starts fakesnow with what makes it more like Snowflake, says where on stdout as JSON, and ends it when stdin does. */
import { configOf, hasServer, startFront, title } from '../server.ts';

if (!hasServer) {
  process.stderr.write(`${title('fakesnow')}\n`);
  process.exit(1);
}
const front = await startFront();
process.stdout.write(`${JSON.stringify(configOf(front))}\n`);
process.stdin.resume();
process.stdin.once('end', () => {
  front[Symbol.asyncDispose]().then(() => process.exit(0));
});
