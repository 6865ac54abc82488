import {
  columnsTable,
  filesTable,
  historyTable,
  runsTable,
  type TableMapping,
} from '@tdp-sync/core';

/** What of a sync decides which tables it has. */
export interface TablesConfig {
  readonly storedAs?: string | undefined;
  readonly tables?: 'auto' | Readonly<Record<string, TableMapping>> | undefined;
  readonly transform?: string | undefined;
  readonly keepDocument: boolean;
  readonly history?: boolean;
  readonly tablePrefix: string;
}

/** What the database calls a sync: its name, or the one that it had before it was renamed. */
export function storedName(sync: string, { storedAs }: Pick<TablesConfig, 'storedAs'>): string {
  return storedAs ?? sync;
}

/** Tables of a sync that are known before any file is, besides those that a transform's module names. */
export function knownTables(sync: string, config: TablesConfig): readonly string[] {
  const { tables, transform, keepDocument, history = false } = config;
  const mapped = typeof tables === 'object' ? Object.keys(tables) : [];
  const isWhole = tables === undefined && transform === undefined;
  const stored = storedName(sync, config);
  return [
    filesTable(stored).name,
    runsTable(stored).name,
    columnsTable(stored).name,
    ...(history ? [historyTable(stored).name] : []),
    ...(isWhole || keepDocument ? [stored] : []),
    ...mapped,
  ];
}

/** Tables that two syncs would both write to. Rows are replaced by file, so that one would undo the other. */
export function tableConflicts(
  syncs: Readonly<Record<string, TablesConfig>>,
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  const owners = new Map<string, string>();
  const issues: { path: readonly string[]; message: string }[] = [];
  const claim = (name: string, sync: string, path: readonly string[], message: string): void => {
    const owner = owners.get(name.toLowerCase());
    if (owner !== undefined) issues.push({ path, message: message.replace('{owner}', owner) });
    else owners.set(name.toLowerCase(), sync);
  };
  const ledgers = new Map<string, string>();
  for (const [sync, config] of Object.entries(syncs)) {
    const stored = storedName(sync, config).toLowerCase();
    const twin = ledgers.get(stored);
    if (twin !== undefined) {
      // All of their tables would be the same, which need not be said of each.
      issues.push({ path: [sync], message: twinMessage(sync, twin, syncs) });
      continue;
    }
    ledgers.set(stored, sync);
    for (const name of knownTables(sync, config)) {
      const message = `the table "${name}" belongs to the sync "{owner}" already; give it another name`;
      claim(name, sync, [sync, 'tables', name], message);
    }
    if (config.tables !== 'auto') continue;
    const message =
      'the sync "{owner}" has tables: auto with the same names; set tablePrefix for one of them';
    // No name of a table has an asterisk.
    claim(`${config.tablePrefix}*`, sync, [sync, 'tables'], message);
  }
  return issues;
}

function twinMessage(
  sync: string,
  twin: string,
  syncs: Readonly<Record<string, TablesConfig>>,
): string {
  const isByName = syncs[sync]?.storedAs === undefined && syncs[twin]?.storedAs === undefined;
  return isByName
    ? `its name differs from "${twin}" by capitals only, and most databases cannot tell their tables apart; give it another name`
    : `the database would call it the same as "${twin}" (storedAs); give one of them another name`;
}
