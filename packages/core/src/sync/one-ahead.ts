/** Asks for the next value while the current one is being used. */
export async function* oneAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    while (true) {
      const { done, value } = await next;
      if (done === true) return;
      next = iterator.next();
      // Its error is met by the await above; without this, Node would see it as unhandled until then.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
