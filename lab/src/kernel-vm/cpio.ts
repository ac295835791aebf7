/** One file, folder or program of an archive. A path has no leading slash; parents come first. */
export interface CpioEntry {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** Left out for a folder. */
  readonly content?: Uint8Array;
}

const folderBit = 0o040000;
const fileBit = 0o100000;

/**
 * An archive as the kernel unpacks it into its first root file system: format "newc" of cpio(5),
 * described in the kernel's early-userspace/buffer-format.
 */
export function encodeCpio(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.flatMap((entry, i) => member(entry, i + 1));
  return Buffer.concat([...parts, ...member({ path: "TRAILER!!!", mode: 0 }, 0)]);
}

function member({ path, mode, content }: CpioEntry, inode: number): readonly Uint8Array[] {
  const isTrailer = inode === 0;
  const kind = isTrailer ? 0 : content ? fileBit : folderBit;
  const name = Buffer.from(`${path}\0`);
  const sizeBytes = content?.length ?? 0;
  const links = content || isTrailer ? 1 : 2;
  const fields = [inode, kind | mode, 0, 0, links, 0, sizeBytes, 0, 0, 0, 0, name.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
  return [...padded(Buffer.from(header), name), ...padded(content ?? new Uint8Array())];
}

/** Each part begins at a multiple of four bytes. */
function padded(...parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [...parts, new Uint8Array((4 - (length % 4)) % 4)];
}
