export type { AccessRule, TokenOptions } from './api/tokens.ts';
export { type DemoLab, type DemoSummary, seedDemoLab } from './demo/lab.ts';
export { continueWork, LabWork, type WorkOptions } from './demo/work.ts';
export type { BulkFiles } from './lake/bulk-files.ts';
export type {
  Category,
  FileVersion,
  Label,
  SourceInfo,
  StorageRefusal,
  StoredBytes,
  StoredFacts,
} from './lake/file.ts';
export type { Lake } from './lake/lake.ts';
export type { PutFile } from './lake/put.ts';
export type { TruthEntry } from './lake/truth.ts';
export type { EmulatorRequest, EmulatorResponse, Endpoint, Misbehaviour } from './messages.ts';
export { createEmulator, type Emulator, type EmulatorOptions } from './server/emulator.ts';
export type { Fault, Faults, Limits } from './server/faults.ts';
export {
  type AuthFile,
  type RunningEmulator,
  type StartOptions,
  startEmulator,
} from './server/server.ts';
export type { LoggedRequest, Stats } from './stats.ts';
export { DEFAULT_SWITCHES, type GoneStatus, parseSwitches, type Switches } from './switches.ts';
