/**
 * What an error of the server's means for a load.
 *
 * - `lock`: another session is in the way. Passes.
 * - `passing`: the server, its link or its resources are not ready just now. Passes.
 * - `full`: there is no room, and nobody but an administrator makes any.
 * - `denied`: a right is missing.
 * - `login`: the login is refused, or the database cannot be opened with it.
 * - `wide`: a row or a table is wider than a page.
 */
export type ErrorKind = 'lock' | 'passing' | 'full' | 'denied' | 'login' | 'wide';

/** An error of the server's that is known. */
export interface KnownError {
  readonly kind: ErrorKind;
  /** In our words: the server's own may quote what is in a row. */
  readonly meaning: string;
}

/*
 * Where the numbers are from, besides the list of all messages
 * (https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors):
 *
 * - deadlocks and waiting for locks: https://learn.microsoft.com/sql/relational-databases/sql-server-deadlocks-guide,
 *   https://learn.microsoft.com/sql/t-sql/statements/set-lock-timeout-transact-sql
 * - what passes on Azure SQL, in failovers and by throttling: https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues,
 *   https://learn.microsoft.com/azure/azure-sql/database/resource-limits-logical-server
 * - what Microsoft's own drivers try again: https://learn.microsoft.com/dotnet/api/microsoft.data.sqlclient.sqlconfigurableretryfactory.baselinetransienterrors
 * - availability groups: https://learn.microsoft.com/sql/database-engine/availability-groups/windows/troubleshoot-always-on-availability-groups-configuration-sql-server
 * - logins: https://learn.microsoft.com/sql/relational-databases/errors-events/mssqlserver-18456-database-engine-error
 * - wide rows: https://learn.microsoft.com/sql/relational-databases/errors-events/mssqlserver-1701-database-engine-error
 */
const MEANINGS: Readonly<Record<ErrorKind, Readonly<Record<number, string>>>> = {
  lock: {
    1204: 'it has no memory for another lock',
    1205: 'it ended this transaction to break a deadlock',
    1222: 'another session held a lock for longer than a minute',
    3960: 'another transaction changed the same row',
    41302: 'another transaction changed the same row',
    41305: 'another transaction changed what was read',
    41325: 'another transaction wrote what was looked for',
    41839: 'too many transactions depend on one another',
    40550: 'the session held too many locks',
  },
  passing: {
    64: 'the connection broke',
    121: 'the connection timed out',
    233: 'the connection broke',
    596: 'the session was ended by an administrator',
    601: 'rows moved while they were read',
    615: 'the database is not where it was',
    701: 'it is short of memory',
    802: 'it is short of memory',
    845: 'it waited too long for a page',
    904: 'the database is starting, or being shut down',
    921: 'the database is being recovered',
    922: 'the database is being recovered',
    926: 'the database could not be recovered yet',
    927: 'the database is being restored',
    976: 'the database is a standby of its availability group just now',
    978: 'the database is a standby of its availability group just now',
    983: 'the database has no role in its availability group just now',
    3906: 'the database is read-only, as a standby is',
    3935: 'the transaction could not be begun',
    3967: 'there is no room for versions of rows in tempdb',
    4060: 'the database cannot be opened: it does not exist, the login has no user in it (CREATE USER <user> FOR LOGIN <login>), or it is just coming up',
    4221: 'the standby is not ready yet',
    6005: 'it is being shut down',
    8628: 'it waited too long to plan the statement',
    8645: 'it waited too long for memory',
    8651: 'it has no memory for the statement',
    9001: 'the log of the database is not available',
    10053: 'the connection broke',
    10054: 'the connection broke',
    10060: 'the connection timed out',
    10922: 'the statement failed, and is to be run again',
    10928: 'the limit of requests is reached',
    10929: 'it is too busy',
    10936: 'the limit of the elastic pool is reached',
    14355: 'it is busy with another run',
    17142: 'it is paused',
    17187: 'it is not ready for connections yet',
    17197: 'it took too long over the login',
    18401: 'it is being upgraded',
    40143: 'the service failed to answer',
    40166: 'the service failed to answer',
    40197: 'the service failed to answer, as in a failover',
    40501: 'the service is too busy',
    40540: 'the service broke off',
    40549: 'the transaction took too long',
    40551: 'the session used too much of tempdb',
    40552: 'the transaction wrote too much to the log',
    40553: 'the session used too much memory',
    40613: 'the database is not available just now',
    42108: 'the database is paused',
    42109: 'the database is resuming',
    49918: 'it has no resources for the request',
    49919: 'too many databases are being made or changed',
    49920: 'too many operations are under way',
  },
  full: {
    1101: 'a filegroup is full',
    1105: 'a filegroup is full',
    9002: 'the log is full',
    40544: 'the quota of the database is reached',
  },
  denied: {
    229: 'a right on an object',
    230: 'a right on a column',
    262: 'a right in the database',
    297: 'a right for the action',
    300: 'a right on the server',
    916: 'a user in the database',
    1088: 'a right on an object, or it is gone',
    2760: 'a right on the schema, or it is gone',
    4902: 'a right on an object, or it is gone',
    15151: 'a right on an object, or it is gone',
    15247: 'a right for the action',
  },
  login: {
    18452: 'a login of Windows is not trusted',
    18456: 'user or password is wrong',
    18470: 'the login is disabled',
    18486: 'the login is locked',
    18487: 'the password has expired',
    18488: 'the password must be changed',
    40532: 'the server does not know the login',
    40615: "the firewall refuses this computer's address",
  },
  wide: {
    511: 'a row is wider than the 8,060 bytes of a page',
    1701: 'a table is wider than the 8,060 bytes of a page',
    1702: 'a table has more than 1,024 columns',
  },
};

/** What is known of the server's errors, by their number. */
export const KNOWN_ERRORS: ReadonlyMap<number, KnownError> = new Map(
  (Object.keys(MEANINGS) as ErrorKind[]).flatMap((kind) =>
    Object.entries(MEANINGS[kind]).map(([number, meaning]): [number, KnownError] => [
      Number(number),
      { kind, meaning },
    ]),
  ),
);

/** The same from Babelfish, whose errors nearly all have one number, by what it says. */
const SAID: readonly (readonly [RegExp, KnownError])[] = [
  [/lock timeout/i, { kind: 'lock', meaning: 'another session held a lock for too long' }],
  [
    /deadlock detected/i,
    { kind: 'lock', meaning: 'it ended this transaction to break a deadlock' },
  ],
  [
    /could not serialize access/i,
    { kind: 'lock', meaning: 'another transaction changed the same row' },
  ],
  [
    /terminating connection/i,
    { kind: 'passing', meaning: 'the session was ended by an administrator' },
  ],
  [
    /database system is (?:starting|shutting)/i,
    { kind: 'passing', meaning: 'it is starting, or being shut down' },
  ],
  // Of English servers too.
  [
    /permission (?:was )?denied|do not have permission|must be owner of/i,
    { kind: 'denied', meaning: 'a right' },
  ],
  [
    /cannot open database|database .* does not exist/i,
    { kind: 'passing', meaning: MEANINGS.passing[4060] ?? '' },
  ],
];

/** What counts of what a server says, and the number with it where there is one: what passes before what does not. */
export function knownIn(
  numbers: ReadonlySet<number>,
  text: string,
): (KnownError & { readonly number: number | undefined }) | undefined {
  const found = [...numbers].flatMap((number) => {
    const known = KNOWN_ERRORS.get(number);
    return known === undefined ? [] : { ...known, number };
  });
  const said = SAID.flatMap(([pattern, known]) =>
    pattern.test(text) ? { ...known, number: [...numbers].at(-1) } : [],
  );
  const all = [...found, ...said];
  return ORDER.flatMap((kind) => all.find((one) => one.kind === kind) ?? []).at(0);
}

/** Of several errors of one statement. */
const ORDER: readonly ErrorKind[] = ['lock', 'passing', 'denied', 'login', 'full', 'wide'];
