import { createRequire } from 'node:module';

/** A type of the driver's, as bulk columns and parameters take it. */
export interface DriverType {
  readonly type: unknown;
}

/** Rows that go to the server in one bulk load. */
export interface BulkTable {
  create: boolean;
  readonly columns: {
    add(name: string, type: DriverType, options: { readonly nullable: boolean }): unknown;
  };
  readonly rows: { push(row: readonly unknown[]): unknown };
}

/** In which order the rows of a bulk load are, by column. */
export type BulkOrder = Readonly<Record<string, 'ASC' | 'DESC'>>;

/** How a bulk load is carried out. */
export interface BulkOptions {
  readonly keepNulls: boolean;
  /** Locks the table and not each row. */
  readonly lockTable: boolean;
  readonly order: BulkOrder;
}

/** What a statement gave: rows as arrays, by result set. */
export interface DriverResult {
  readonly recordsets: readonly (readonly (readonly unknown[])[])[];
}

/** One statement, batch or bulk load. */
export interface DriverRequest {
  input(name: string, type: DriverType, value: unknown): unknown;
  query(statement: string): Promise<DriverResult>;
  batch(statements: string): Promise<DriverResult>;
  bulk(table: BulkTable, options: BulkOptions): Promise<unknown>;
}

/** A physical connection. */
export interface DriverConnection {
  on(event: 'errorMessage', listener: (message: { readonly number: number }) => void): unknown;
  close(): void;
}

/** The settings of a {@link DriverPool} that are used here. */
export interface DriverConfig {
  server: string;
  port?: number;
  database?: string;
  user?: string;
  password?: string;
  authentication?: {
    readonly type: string;
    readonly options: Readonly<Record<string, string | undefined>>;
  };
  options?: Record<string, unknown>;
  pool?: Readonly<Record<string, number>>;
  connectionTimeout?: number;
  requestTimeout?: number;
  arrayRowMode?: boolean;
  /** How a connection is tried before it is used: by a statement, or by looking at it. */
  validateConnection?: boolean | 'socket';
  /** Called for each physical connection as it is made. */
  beforeConnect?: (connection: DriverConnection) => void;
}

/** A pool of connections. */
export interface DriverPool {
  connect(): Promise<unknown>;
  close(): Promise<unknown>;
  request(): DriverRequest;
  on(event: 'error', listener: (error: unknown) => void): unknown;
}

interface Driver {
  readonly ConnectionPool: {
    new (config: DriverConfig): DriverPool;
    parseConnectionString(text: string): Partial<DriverConfig>;
  };
  readonly Table: new (name: string) => BulkTable;
  readonly MAX: number;
  Bit(): DriverType;
  Int(): DriverType;
  BigInt(): DriverType;
  Float(): DriverType;
  NVarChar(length: number): DriverType;
  VarChar(length: number): DriverType;
  Char(length: number): DriverType;
}

/** The `mssql` package. It has no types of its own: the interfaces of this file are the part of it that is used. */
export const driver: Driver = createRequire(import.meta.url)('mssql') as Driver;
