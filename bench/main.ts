import { mkdir, writeFile } from 'node:fs/promises';
import { limits, limitsTable } from './limits.ts';

const [name, ...args] = process.argv.slice(2);
if (name !== 'limits') {
  console.error(
    'Usage: npm run bench -- limits [--files 20000] [--bytes 2048] [--rounds 5] [--concurrency 64]',
  );
  process.exit(2);
}
const result = await limits(args);
console.log(limitsTable(result));
const folder = new URL('./results/', import.meta.url);
await mkdir(folder, { recursive: true });
await writeFile(
  new URL(`${name}-${result.files}x${result.bytes}.local.json`, folder),
  `${JSON.stringify(result, null, 2)}\n`,
);
