import { readEthernet, type Sighting, sight } from "./frame.ts";

/** A packet of a capture, with the interface it was seen on where the capture says so. */
export interface CapturedPacket extends Sighting {
  /** Index of the interface in its namespace; 0 if the capture was of one interface only. */
  readonly interfaceIndex: number;
}

/** Link types of pcap-linktype(7). */
const linkTypes = { ethernet: 1, linuxSll2: 276 } as const;

/**
 * Every IP packet of a capture file in the classic format, as tcpdump writes it on this machine
 * (little-endian). A last record that is cut off is left out: the writer was stopped within it.
 */
export function readPcap(file: Uint8Array): readonly CapturedPacket[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 24) return [];
  const magic = view.getUint32(0, true);
  if (magic !== 0xa1b2c3d4 && magic !== 0xa1b23c4d) return [];
  const linkType = view.getUint32(20, true) & 0xffff;
  const packets: CapturedPacket[] = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const size = view.getUint32(at + 8, true);
    const start = at + 16;
    if (start + size > file.length) break;
    const packet = readRecord(linkType, file.subarray(start, start + size));
    if (packet) packets.push(packet);
    at = start + size;
  }
  return packets;
}

function readRecord(linkType: number, record: Uint8Array): CapturedPacket | undefined {
  if (linkType === linkTypes.ethernet) {
    const layer = readEthernet(record);
    const seen = layer && sight(layer.etherType, layer.packet);
    return seen && { ...seen, interfaceIndex: 0 };
  }
  if (linkType !== linkTypes.linuxSll2 || record.length < 20) return undefined;
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const seen = sight(view.getUint16(0), record.subarray(20));
  return seen && { ...seen, interfaceIndex: view.getUint32(4) };
}
