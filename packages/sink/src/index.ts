export { checkDocument, checkState, checkSync, checkTables, checkTarget } from './checks.ts';
export type { ConfigIssue, ConfigResult, ConfigSchema } from './config-schema.ts';
export {
  aboutDocument,
  SinkError,
  type SinkErrorCode,
  type SinkErrorOptions,
  stateConflict,
} from './errors.ts';
export { LoadGate } from './load-gate.ts';
export { ENDLESS_ROOM } from './row-room.ts';
export type {
  Column,
  ColumnType,
  CommitResult,
  Document,
  DocumentFilter,
  Load,
  Published,
  Row,
  RowDamage,
  RowRoom,
  Sink,
  SinkAdapter,
  SinkContext,
  State,
  Status,
  StoredDocument,
  StoredRow,
  Table,
  Target,
  Value,
} from './sink.ts';
export { checkRow, checkValue, isStorableText, shortestDecimal, vouchFor } from './values.ts';
