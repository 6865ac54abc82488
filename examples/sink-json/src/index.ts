export { type JsonConfig, jsonSink, jsonSink as default } from './adapter.ts';
