export { type MemoryConfig, memorySink, memorySink as default } from './adapter.ts';
export { type MemoryContent, MemoryDatabase, type MemoryTable } from './database.ts';
