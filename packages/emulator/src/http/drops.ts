/** Sends a body byte by byte: `send` one now and then, `end` with the last. Gives what stops it. */
export function inDrops(
  body: Uint8Array,
  everyMs: number,
  send: (drop: Uint8Array) => void,
  end: () => void,
): () => void {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent < body.length) send(body.subarray(sent, sent + 1));
    sent += 1;
    if (sent < body.length) return;
    clearInterval(timer);
    end();
  }, everyMs);
  return () => clearInterval(timer);
}
