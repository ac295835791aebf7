/** Work that a device may do for the kernel, by its ETHTOOL_S* and ETHTOOL_G* command (linux/ethtool.h). */
export const offloadCommands = {
  /** Checksums of what is sent. Off also turns off segmentation, which needs them. */
  tx: { set: 0x17, get: 0x16 },
  /** Checksums of what is received. */
  rx: { set: 0x15, get: 0x14 },
  /** Segmentation of TCP by the device. */
  tso: { set: 0x1f, get: 0x1e },
  /** Segmentation put off until the device. */
  gso: { set: 0x24, get: 0x23 },
  /** Joining of received segments. */
  gro: { set: 0x2c, get: 0x2b },
} as const;

export type OffloadName = keyof typeof offloadCommands;
export type Offloads = Readonly<Partial<Record<OffloadName, boolean>>>;

/** SIOCETHTOOL of linux/sockios.h. */
export const SIOCETHTOOL = 0x8946;

const nameSize = 16; // IFNAMSIZ
const requestSize = 40; // sizeof(struct ifreq) where pointers have eight bytes

export interface EthtoolCommand {
  readonly device: string;
  readonly command: number;
  readonly value: number;
}

/**
 * `struct ifreq` for SIOCETHTOOL with the `struct ethtool_value` it points to right behind it.
 * `address` is where the bytes lie in memory; it is not known before they are there.
 */
export function ethtoolRequest(
  { device, command, value }: EthtoolCommand,
  addressOf: (bytes: Uint8Array) => bigint,
): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(requestSize + 8));
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(device).subarray(0, nameSize - 1));
  view.setBigUint64(nameSize, addressOf(bytes) + BigInt(requestSize), true);
  view.setUint32(requestSize, command, true);
  view.setUint32(requestSize + 4, value, true);
  return bytes;
}

/** The value that the kernel left in an answered request. */
export function ethtoolValue(request: Uint8Array): number {
  return new DataView(request.buffer, request.byteOffset).getUint32(requestSize + 4, true);
}
