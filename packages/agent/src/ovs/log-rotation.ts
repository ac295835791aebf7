/** Renames that put a full log aside: the oldest goes, each other moves one place on. */
export interface Rotation {
  readonly remove: string | undefined;
  /** In the order in which they must be done. */
  readonly renames: readonly (readonly [from: string, to: string])[];
}

/** `file` itself becomes `file.1`, up to `file.maxFiles`; with no file kept it is removed. */
export function planRotation(file: string, maxFiles: number): Rotation {
  if (maxFiles === 0) return { remove: file, renames: [] };
  const name = (index: number): string => (index === 0 ? file : `${file}.${index}`);
  const renames = Array.from({ length: maxFiles }, (_, i) => {
    const to = maxFiles - i;
    return [name(to - 1), name(to)] as const;
  });
  return { remove: name(maxFiles), renames };
}
