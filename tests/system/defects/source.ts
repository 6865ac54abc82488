import { HOUR, MINUTE } from '../sim/scenario.ts';
import { NO_TROUBLE } from '../sim/troubles.ts';
import type { Defect } from './defect.ts';

/** What a client of TDP can do wrong. */
export const SOURCE_DEFECTS: readonly Defect[] = [
  {
    name: 'a short page is taken for the last',
    why: 'TDP may answer with fewer hits than asked for: the rest of the window would be skipped',
    edits: [
      {
        file: 'source/pages.ts',
        find: 'cursor = last.fileId;\n    yield hits;',
        replace: 'cursor = last.fileId;\n    yield hits;\n    if (hits.length < size) return;',
      },
    ],
    caughtBy: /counts more files than its pages show|said to be applied|skipped|current mapping/,
    world: { switches: { shortPages: 0.5 }, files: 20 },
  },
  {
    name: 'a page of a search that timed out counts',
    why: 'it holds only some of the hits, and a window is closed without the others',
    edits: [
      {
        file: 'source/tdp/search.ts',
        find: 'if (timedOut === true) throw',
        replace: 'if (false) throw',
      },
    ],
    caughtBy: /skipped|complete, but|WINDOW_NOT_PROVEN/,
    world: {
      switches: {},
      files: 12,
      planned: [
        { event: 'page', nth: 1, trouble: 'timed_out', times: 500 },
        { event: 'survey', nth: 2, trouble: 'timed_out', times: 500 },
      ],
    },
  },
  {
    name: 'a page with failed shards counts',
    why: 'the hits of the failed shards would be skipped',
    edits: [
      {
        file: 'source/tdp/search.ts',
        find: "typeof failed === 'number' && failed > 0",
        replace: "typeof failed === 'number' && failed > 99",
      },
    ],
    caughtBy: /skipped|complete, but|WINDOW_NOT_PROVEN/,
    world: {
      files: 12,
      planned: [
        { event: 'page', nth: 1, trouble: 'failed_shards', times: 500 },
        { event: 'survey', nth: 2, trouble: 'failed_shards', times: 500 },
      ],
    },
  },
  {
    name: 'window gt for gte',
    why: 'a file that was indexed in the very millisecond of the watermark is never seen',
    edits: [
      {
        file: 'source/tdp/search.ts',
        find: '{ gte: new Date(fromMs)',
        replace: '{ gt: new Date(fromMs)',
      },
    ],
    caughtBy: /skipped/,
    world: {
      switches: {},
      rates: NO_TROUBLE,
      wholeSeconds: true,
      labEveryMs: 4000,
      runEveryMs: MINUTE,
      settings: { lookbackMs: 0, deletes: 'mark', attempts: 4 },
    },
  },
  {
    name: 'the window ends after what was asked for',
    why: 'files that were indexed in its last second are never seen',
    edits: [
      {
        file: 'source/tdp/search.ts',
        find: '{ lt: new Date(toMs)',
        replace: '{ lt: new Date(toMs - 1000)',
      },
    ],
    caughtBy: /skipped/,
    world: { rates: NO_TROUBLE, labEveryMs: 4000, runEveryMs: MINUTE, settings: { lookbackMs: 0 } },
  },
  {
    name: 'a page that is too large is not made smaller',
    why: 'a sync would stop for good at a TDP that allows smaller pages only',
    edits: [
      {
        file: 'source/pages.ts',
        find: '!isTooMuch(error) || size <= least',
        replace: 'isTooMuch(error) || size <= least',
      },
    ],
    caughtBy: /QUERY_REJECTED|everything works/,
    world: { switches: { maxPageSize: 2 }, files: 12 },
  },
  {
    name: 'retry resumes on the wrong page',
    why: 'what stood on the page that was asked for in vain is never seen',
    edits: [
      {
        file: 'source/pages.ts',
        find: 'size = Math.max(Math.floor(size / 2), least);',
        replace:
          "size = Math.max(Math.floor(size / 2), least);\n      cursor = `${cursor?.slice(0, 1) ?? '7'}f`;",
      },
    ],
    caughtBy: /skipped|counts more files than its pages show/,
    world: { switches: { maxPageSize: 2 }, files: 20, settings: { pageMax: 8 } },
  },
  {
    name: 'a refused token is not read again',
    why: 'a token that was renewed while a run is under way would end it',
    edits: [
      {
        file: 'source/tdp/api.ts',
        find: 'const renewed = await this.#credentials.replace(credentials);',
        replace: 'const renewed = credentials;',
      },
    ],
    caughtBy: /AUTH_REJECTED/,
    world: { rates: { ...NO_TROUBLE, token: 0.02 } },
  },
  {
    name: 'the token goes to the storage',
    why: 'a secret of TDP would be shown to another host',
    edits: [
      {
        file: 'source/tdp/retrieval.ts',
        find: "url: from,\n        headers: { 'accept-encoding': 'gzip' },",
        replace:
          "url: from,\n        headers: { 'accept-encoding': 'gzip', 'ts-auth-token': 'secret' },",
      },
    ],
    caughtBy: /was sent to the storage/,
    world: {
      settings: { download: 'presigned' },
      switches: { presignedParameter: 'getPresigned' },
    },
  },
  {
    name: 'gzip is known by its header only',
    why: 'compressed content without the header would be taken for a broken document',
    edits: [
      {
        file: 'source/tdp/packing.ts',
        find: 'if (first === 0x1f8b)',
        replace: "if (first === 0x1f8b && declared === 'gzip')",
      },
    ],
    caughtBy: /failed/,
    world: {
      settings: { download: 'direct' },
      switches: { directGzip: 'gzip-no-header' },
      files: 10,
    },
  },
  {
    name: 'a file that may not be seen is taken for gone',
    why: 'a change of access rights would delete what it hides',
    edits: [
      {
        file: 'source/tdp/client.ts',
        find: "record.status === 410 ? 'gone' : 'unknown'",
        replace: "record.status === 410 || record.status === 403 ? 'gone' : 'unknown'",
      },
    ],
    caughtBy: /called deleted, but TDP has it/,
    world: { sweeps: 0.7, lengthMs: 3 * HOUR, labEveryMs: 20_000, settings: { deletes: 'mark' } },
  },
];
