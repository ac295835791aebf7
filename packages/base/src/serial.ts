/** Runs what it is given one at a time, in order. A failure does not stop what waits behind it. */
export type Serial = <T>(body: () => Promise<T>) => Promise<T>;

export function serial(): Serial {
  let tail: Promise<unknown> = Promise.resolve();
  return (body) => {
    const result = tail.then(body);
    tail = result.catch(() => {});
    return result;
  };
}
