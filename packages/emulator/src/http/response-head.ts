import { STATUS_CODES } from 'node:http';
import type { EmulatorResponse } from '../messages.ts';

/** The head of an answer on a connection that goes on, to the letter as node writes it; in latin1. */
export function responseHead(response: EmulatorResponse, keepAliveMs: number): string {
  const { status, headers, body } = response;
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
  for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
  return `${head}content-length: ${body.length}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${keepAliveMs / 1000}\r\n\r\n`;
}
