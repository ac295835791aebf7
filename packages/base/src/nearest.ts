/** Longer words are nobody's slip, and dear to compare. */
const mostCharacters = 100;

/**
 * The candidate that `word` was most likely meant to be, for a "did you mean"; undefined if none is
 * near. Case is ignored; one slip is allowed for each three characters, at least one.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > mostCharacters) return undefined;
  const typed = word.toLowerCase();
  let best: { readonly text: string; readonly slips: number } | undefined;
  for (const text of candidates) {
    const allowed = Math.max(1, Math.floor(Math.max(typed.length, text.length) / 3));
    const most = Math.min(allowed, (best?.slips ?? Number.POSITIVE_INFINITY) - 1);
    if (Math.abs(typed.length - text.length) > most) continue;
    const slips = editDistance(typed, text.toLowerCase(), most);
    if (slips <= most) best = { text, slips };
  }
  return best?.text;
}

/**
 * Characters inserted, removed, replaced, or swapped with their neighbour (optimal string alignment); any
 * number above `most` where it is above that.
 */
function editDistance(a: string, b: string, most: number): number {
  let beforeLast: number[] = [];
  let leastOfLast = 0;
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? at(beforeLast, j - 2) + 1
          : Number.POSITIVE_INFINITY;
      const slips = Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced, swapped);
      least = Math.min(least, slips);
      row.push(slips);
    }
    if (least > most && leastOfLast > most) return most + 1; // it never gets less
    leastOfLast = least;
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
