/** The names of one namespace's devices, by index and back. */
export interface DeviceNames {
  /** A device that went away while we were reading is called "if" and its index. */
  nameOf(index: number): string;
  indexOf(name: string): number | undefined;
}

export function deviceNames(
  entries: Iterable<{ readonly index: number; readonly name: string }>,
): DeviceNames {
  const names = new Map<number, string>();
  const indexes = new Map<string, number>();
  for (const { index, name } of entries) {
    names.set(index, name);
    indexes.set(name, index);
  }
  return {
    nameOf: (index) => names.get(index) ?? `if${index}`,
    indexOf: (name) => indexes.get(name),
  };
}
