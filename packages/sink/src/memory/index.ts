export { type MemoryConfig, memorySink, memorySink as default } from './adapter.ts';
export {
  type MemoryContent,
  MemoryDatabase,
  type MemoryTable,
  type Records,
  type RowRecord,
} from './database.ts';
