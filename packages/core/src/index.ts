export type { BatchCounts, BatchLimits } from './batch.ts';
export { type Clock, systemClock } from './clock.ts';
export { rebuild, retry, sync, syncFiles } from './engine.ts';
export { SyncError, type SyncErrorCode, type SyncErrorOptions } from './errors.ts';
export type { RunReport, SchemaCount, SyncEvent } from './events.ts';
export type { FailureBudget } from './failures.ts';
export { describeFile, type FileHit, fileKey } from './file.ts';
export { filesTable } from './files-table.ts';
export {
  type RunKind,
  type RunLine,
  readJournal,
  runsTable,
  writeJournal,
} from './journal.ts';
export { AdaptiveLimit, type LimitOptions } from './limit.ts';
export { type Order, parseOrder, type Stage } from './order.ts';
export type { PageSizes } from './pages.ts';
export {
  type PreviewedTable,
  previewFiles,
  type Sample,
  type TransformPreview,
  unmatchedPaths,
} from './preview.ts';
export type { SyncOptions } from './run.ts';
export type { SchemaNote, SchemaPolicy } from './settle.ts';
export type { Bucket, FileQuery, HistogramSource, QueryClause, Source, Survey } from './source.ts';
export {
  type OpenWindow,
  parseState,
  type SweepMark,
  type SyncState,
  type VerificationMark,
} from './state.ts';
export { type SweepOptions, type SweepReport, sweep } from './sweep.ts';
export { TdpClient } from './tdp/client.ts';
export type { Exchange, TdpClientOptions } from './tdp/client-options.ts';
export { type Credentials, type CredentialsReader, tokenExpiryMs } from './tdp/credentials.ts';
export type { RetryPolicy } from './tdp/retry.ts';
export {
  type HttpRequest,
  type HttpResponse,
  type Transport,
  TransportError,
} from './tdp/transport.ts';
export {
  type UndiciTransport,
  type UndiciTransportOptions,
  undiciTransport,
} from './tdp/undici-transport.ts';
export { type AutoOptions, autoTransform } from './transform/auto.ts';
export type { FindSchema } from './transform/auto-layouts.ts';
export { documentTransform } from './transform/document.ts';
export {
  type ColumnMapping,
  mappingIssues,
  mappingTransform,
  type TableMapping,
} from './transform/mapping.ts';
export { COLUMN_TYPES } from './transform/path.ts';
export {
  type Cell,
  type Extract,
  type ExtractedColumn,
  type ExtractedTable,
  type Transform,
  Unfit,
} from './transform/transform.ts';
export {
  type TransformModule,
  type UserRow,
  type UserRows,
  type UserTables,
  type UserValue,
  userTransform,
} from './transform/user.ts';
export { verify } from './verify.ts';
export type { Finding, Reason } from './verify-judge.ts';
export type { Difference, VerifyOptions, VerifyReport } from './verify-report.ts';
export type { Window } from './window.ts';
export type { ContentPolicy, DeletePolicy } from './work.ts';
