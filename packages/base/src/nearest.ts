/**
 * The candidate that `word` was most likely meant to be, for a "did you mean"; undefined if none is
 * near. Case is ignored; one slip is allowed for each three characters, at least one.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.toLowerCase();
  let best: { readonly text: string; readonly slips: number } | undefined;
  for (const text of candidates) {
    const slips = editDistance(typed, text.toLowerCase());
    const allowed = Math.max(1, Math.floor(Math.max(typed.length, text.length) / 3));
    if (slips <= allowed && slips < (best?.slips ?? Number.POSITIVE_INFINITY)) {
      best = { text, slips };
    }
  }
  return best?.text;
}

/** Characters inserted, removed, replaced, or swapped with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? at(beforeLast, j - 2) + 1
          : Number.POSITIVE_INFINITY;
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced, swapped));
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
