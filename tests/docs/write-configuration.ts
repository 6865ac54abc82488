import { readFile, writeFile } from 'node:fs/promises';
import { withSettings } from './settings.ts';

// npm run docs: writes the tables of docs/configuration.md anew from the schema.
const PAGE = new URL('../../docs/configuration.md', import.meta.url);
await writeFile(PAGE, withSettings(await readFile(PAGE, 'utf8')));
