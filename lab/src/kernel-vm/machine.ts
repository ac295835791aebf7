export interface VmSize {
  readonly cpus: number;
  readonly memoryMib: number;
}

export interface VmFiles {
  readonly kernel: string;
  readonly initrd: string;
  /** A disk image, which stays as it is: what the guest writes is gone with it. */
  readonly disk?: string | undefined;
  /** Ours alone, for what the machine's program leaves lying about. */
  readonly folder: string;
}

/** File descriptors of the machine's program that are sockets to us. */
export const channelDescriptors = { stdout: 3, stderr: 4, status: 5, console: 6 } as const;
