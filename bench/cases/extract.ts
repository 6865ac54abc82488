import type { FileHit } from '@tdp-sync/core';
import { parseDocument } from '../../packages/core/src/transform/document.ts';
import { report } from '../process.ts';
import { type Corpus, readCorpus } from '../tables/corpus.ts';
import { MemorySource } from '../tables/memory-source.ts';
import { type Shape, transformOf } from '../tables/shapes.ts';

/** Documents in memory become values or rows in memory, which are read and thrown away. */
interface Input {
  readonly folder: string;
  readonly mapping?: Corpus['mapping'];
  /** `parse` is `JSON.parse` of the decoded text and nothing else, `exact` the parsing that all transforms share. */
  readonly how: 'parse' | 'exact' | Shape;
  readonly files: number;
}

const { folder, mapping, how, files } = JSON.parse(process.argv[2] ?? '{}') as Input;
const contents = await readCorpus(folder);
const source = new MemorySource();
source.add(contents, contents.length);
const hits = await source.page({ filter: [] }, undefined, contents.length);
const turn = turnOf();
let rows = 0;

// The engine meets its code compiled in all but the first second of a sync.
await turns(Math.ceil(files / 4));
await report(
  async () => {
    rows = await turns(files);
    return files;
  },
  () => ({ rows }),
);

async function turns(count: number): Promise<number> {
  let made = 0;
  for (let n = 0; n < count; n += 1) {
    const at = n % contents.length;
    const [hit, content] = [hits[at], contents[at]];
    if (hit !== undefined && content !== undefined) made += await turn(hit, content);
  }
  return made;
}

/** What is done to each document; gives the number of its rows. */
function turnOf(): (hit: FileHit, content: Buffer) => number | Promise<number> {
  if (how === 'parse') return (_, content) => used(JSON.parse(content.toString('utf8')));
  if (how === 'exact') return (hit, content) => used(parseDocument(hit, content));
  const transform = transformOf(how, mapping);
  const { signal } = new AbortController();
  return async (hit, content) => {
    const { tables } = await transform.extract(hit, content, signal);
    let made = 0;
    for (const table of tables) for (const _ of table.rows) made += 1;
    return made;
  };
}

/** Uses a value, so that nothing of its making can be left out. It has no rows. */
function used(value: unknown): number {
  return value === undefined ? 1 : 0;
}
