/**
 * The function, which remembers what it gave: at least the last `count` answers, at most twice as many. It
 * must always give the same for the same.
 */
export function remembered<T>(of: (text: string) => T, count: number): (text: string) => T {
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  return (text) => {
    const known = young.get(text);
    if (known !== undefined) return known;
    const answer = old.get(text) ?? of(text);
    if (young.size >= count) [old, young] = [young, new Map()];
    young.set(text, answer);
    return answer;
  };
}
