import type { Document, Sink, Table } from '@tdp-sync/sink';
import { openOn } from './tds/lab.ts';

/** What loads cost that follow one another. */
export interface RoundTrips {
  /** Of each, from `begin` to its end. */
  readonly each: readonly number[];
  /** Connections that were made for them, the first one's not counted. */
  readonly logins: number;
}

/** Counts the messages that some loads send to a server, each with two documents of two rows in so many tables. */
export async function roundTripsOf(tables: number, loads: number): Promise<RoundTrips> {
  await using world = await openOn();
  const target = tablesOf(tables);
  const each: number[] = [];
  let logins = 0;
  // Before the first one there are no tables, and nobody is logged in.
  for (let n = 0; n <= loads; n += 1) {
    const { roundTrips, sessions } = world.server;
    const before = sessions.length;
    await load(world.sink, target, String(n), n === 0 ? undefined : String(n - 1));
    if (n === 0) continue;
    each.push(world.server.roundTrips - roundTrips);
    logins += world.server.sessions.length - before;
  }
  return { each, logins };
}

function tablesOf(count: number): readonly Table[] {
  const columns = [{ name: 'area', type: 'float64' as const }];
  return Array.from({ length: count }, (_, n) => ({ name: `t${n}`, columns }));
}

async function load(
  sink: Sink,
  tables: readonly Table[],
  order: string,
  since: string | undefined,
): Promise<void> {
  const rows = new Map(tables.map(({ name }) => [name, [[1.5], [2.5]]]));
  const document = (n: number): Document => ({
    ...{ id: n.toString(16).padStart(32, '0'), order, status: 'loaded', rows },
  });
  await using load = await sink.begin({ sync: 'lab', tables, since });
  await load.stage([document(1), document(2)]);
  await load.commit(order);
}
