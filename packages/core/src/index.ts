export { type Clock, systemClock } from './clock.ts';
export { type Redact, SyncError, type SyncErrorCode, type SyncErrorOptions } from './errors.ts';
export { describeFile, type FileHit, fileKey, withoutFile } from './file.ts';
export { clearSync } from './position/clear.ts';
export { type Order, parseOrder, type Stage } from './position/order.ts';
export { type PullBack, pullBackOf } from './position/pull-back.ts';
export {
  type ClockMark,
  type OpenWindow,
  parseState,
  type SweepMark,
  type SyncState,
  type VerificationMark,
} from './position/state.ts';
export { type FailureBudget, isRetryDue } from './source/failures.ts';
export { AdaptiveLimit, type LimitOptions } from './source/limit.ts';
export type { PageSizes } from './source/pages.ts';
export { type Clocks, isDoubted, readClocks } from './source/read-clocks.ts';
export type {
  Bucket,
  FileQuery,
  HistogramSource,
  Hold,
  QueryClause,
  Source,
  Survey,
} from './source/source.ts';
export { TdpClient } from './source/tdp/client.ts';
export type { Exchange, TdpClientOptions } from './source/tdp/client-options.ts';
export {
  type Credentials,
  type CredentialsReader,
  tokenExpiryMs,
} from './source/tdp/credentials.ts';
export { isInTheClear } from './source/tdp/host.ts';
export { Intake, type Pace } from './source/tdp/intake.ts';
export type { RetryPolicy } from './source/tdp/retry.ts';
export {
  type HttpRequest,
  type HttpResponse,
  type Transport,
  TransportError,
} from './source/tdp/transport.ts';
export {
  type UndiciTransport,
  type UndiciTransportOptions,
  undiciTransport,
} from './source/tdp/undici-transport.ts';
export type { Window } from './source/window.ts';
export { type BackfillReport, backfill } from './sync/backfill.ts';
export {
  clearColumns,
  columnsTable,
  type DescribedColumn,
  type DescribedTable,
  readColumns,
  writeColumns,
} from './sync/columns-table.ts';
export type { BatchCounts, RunReport, SchemaCount, SyncEvent } from './sync/events.ts';
export { type Amount, type Forecast, forecast, type Looking } from './sync/forecast.ts';
export {
  clearJournal,
  type RunKind,
  type RunLine,
  readJournal,
  runsTable,
  writeJournal,
} from './sync/journal.ts';
export type { BatchLimits, ContentPolicy, DeletePolicy, SyncOptions } from './sync/options.ts';
export {
  columnEffects,
  type PreviewedTable,
  previewFiles,
  previewHistory,
  type Sample,
  type TransformPreview,
  unmatchedPaths,
} from './sync/preview.ts';
export { type SweepOptions, type SweepReport, sweep } from './sync/sweep.ts';
export { rebuild, retry, sync, syncFiles } from './sync/sync.ts';
export { type SliceOptions, type SliceReport, syncSlices } from './sync/sync-slices.ts';
export { unredactedFiles } from './sync/unredacted.ts';
export { filesTable } from './tables/files-table.ts';
export { historyTable } from './tables/history-table.ts';
export type { SchemaNote, SchemaPolicy } from './tables/resolve.ts';
export { type AutoOptions, autoTransform } from './transform/auto/auto.ts';
export type { FindSchema } from './transform/auto/layouts.ts';
export type { ColumnEffect } from './transform/columns/effects.ts';
export { ColumnPlan } from './transform/columns/plan.ts';
export { redacting } from './transform/columns/redacting.ts';
export {
  type ColumnRule,
  type ColumnRules,
  columnIssues,
  hashes,
} from './transform/columns/rules.ts';
export { documentTransform } from './transform/document.ts';
export {
  type ColumnMapping,
  mappingIssues,
  mappingTransform,
  type TableMapping,
} from './transform/mapping/mapping.ts';
export { COLUMN_TYPES } from './transform/mapping/path.ts';
export type { NanPolicy } from './transform/nan.ts';
export { type ReadingOptions, reading } from './transform/reading.ts';
export {
  type Cell,
  type Extract,
  type ExtractedColumn,
  type ExtractedTable,
  type Transform,
  Unfit,
} from './transform/transform.ts';
export type { UserTransformOptions } from './transform/user/extract.ts';
export { type IsolatedTransformOptions, isolatedTransform } from './transform/user/isolated.ts';
export {
  type TransformModule,
  TransformModuleError,
  type UserRow,
  type UserRows,
  type UserTables,
  type UserValue,
} from './transform/user/module.ts';
export { userTransform } from './transform/user/user.ts';
export type { Finding, Reason } from './verify/judge.ts';
export type { Difference, VerifyOptions, VerifyReport } from './verify/report.ts';
export { verify } from './verify/verify.ts';
