import { filesTable, runsTable, type TableMapping } from '@tdp-sync/core';

/** What of a sync decides which tables it has. */
export interface TablesConfig {
  readonly tables?: 'auto' | Readonly<Record<string, TableMapping>> | undefined;
  readonly transform?: string | undefined;
  readonly keepDocument: boolean;
  readonly tablePrefix: string;
}

/** Tables of a sync that are known before any file is, besides those that a transform's module names. */
export function knownTables(sync: string, config: TablesConfig): readonly string[] {
  const { tables, transform, keepDocument } = config;
  const mapped = typeof tables === 'object' ? Object.keys(tables) : [];
  const isWhole = tables === undefined && transform === undefined;
  return [
    filesTable(sync).name,
    runsTable(sync).name,
    ...(isWhole || keepDocument ? [sync] : []),
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
  for (const [sync, config] of Object.entries(syncs)) {
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
