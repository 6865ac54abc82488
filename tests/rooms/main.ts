import { parseArgs } from 'node:util';
import { violations } from './check.ts';
import { packagesIn } from './files.ts';
import { measure } from './report.ts';
import { TABLE } from './table.ts';

const { values } = parseArgs({ options: { report: { type: 'boolean', default: false } } });
const packages = packagesIn(process.cwd());
const found = violations(packages, TABLE);
for (const line of found) console.error(line);
if (found.length > 0) {
  console.error('What each package and each room may import stands in tests/rooms/table.ts.');
  process.exitCode = 1;
}
if (values.report)
  console.table(Object.fromEntries(packages.map((one) => [one.folder, measure(one)])));
