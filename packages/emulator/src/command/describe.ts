import type { RunningEmulator } from '../server/server.ts';
import type { Settings } from './command-line.ts';

function forPeople(emulator: RunningEmulator, settings: Settings): string {
  const { url, token, org, lake } = emulator;
  const auth = settings.authFile;
  return `TDP emulator at ${url}
  storage   ${emulator.storageUrl}
  files     ${lake.size} versions, ${lake.index.size} searchable
  org       ${org}
  token     ${token}
${auth === undefined ? '' : `  auth      ${auth}\n`}
Try it:

  curl -s ${url}/v1/datalake/searchEql \\
    -H 'ts-auth-token: ${token}' -H 'x-org-slug: ${org}' \\
    -d '{"size":2,"query":{"term":{"category":"IDS"}},"_source":["fileId","filePath","indexedAt"]}'

A config for tdp-sync:

  source:
    url: ${url}
${auth === undefined ? `    auth: { token: ${token}, org: ${org} }` : `    auth: ${auth}`}
  sink:
    type: duckdb
    path: ./lab.duckdb
  syncs:
    chromatography:
      filter:
        - term: { idsType: lcuv-empower }

Ctrl-C ends it.
`;
}

/** What to print once the emulator listens. */
export function describe(emulator: RunningEmulator, settings: Settings): string {
  if (!settings.json) return forPeople(emulator, settings);
  const { url, storageUrl, lake } = emulator;
  const facts = { url, storageUrl, auth: emulator.authFile(), files: lake.size };
  return `${JSON.stringify(facts)}\n`;
}
