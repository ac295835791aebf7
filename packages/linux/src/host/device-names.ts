/** The names of one namespace's devices, by index. */
export interface DeviceNames {
  /** A device that went away while we were reading is called "if" and its index. */
  nameOf(index: number): string;
}

interface NamedDevice {
  readonly index: number;
  readonly name: string;
}

export function deviceNames(devices: Iterable<NamedDevice>): DeviceNames {
  return changingNames(devices);
}

/** Names that follow the news of links. */
export interface ChangingNames extends DeviceNames {
  set(device: NamedDevice): void;
  remove(index: number): void;
}

export function changingNames(devices: Iterable<NamedDevice>): ChangingNames {
  const names = new Map(Array.from(devices, ({ index, name }) => [index, name]));
  return {
    nameOf: (index) => names.get(index) ?? `if${index}`,
    set: ({ index, name }) => void names.set(index, name),
    remove: (index) => void names.delete(index),
  };
}
