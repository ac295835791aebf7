/** Those who want to hear of something, called in the order in which they came. */
export interface Listeners<T> {
  /** Gives back how to stop listening. */
  add(listener: (value: T) => void): () => void;
  /** A listener that throws does not keep the others from hearing. */
  call(value: T): void;
}

export function createListeners<T>(onError: (error: unknown) => void): Listeners<T> {
  const all = new Set<(value: T) => void>();
  return {
    add(listener) {
      all.add(listener);
      return () => void all.delete(listener);
    },
    call(value) {
      for (const listener of all) {
        try {
          listener(value);
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}
