/** Tar archives (POSIX.1-1988 ustar, with GNU long names when reading and writing), as values. */

export interface TarEntry {
  /** Without a leading `./` and without a trailing slash. */
  readonly path: string;
  readonly kind: "file" | "folder" | "symlink" | "hardlink";
  /** Permission bits, set-user-id and sticky bit included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Where a link points. */
  readonly target?: string;
  readonly content?: Uint8Array;
}

const block = 512;
const kinds = {
  "0": "file",
  "\0": "file",
  "1": "hardlink",
  "2": "symlink",
  "5": "folder",
} as const;
const flags = { file: "0", hardlink: "1", symlink: "2", folder: "5" } as const;

/** Reads a whole archive. Devices and pipes are left out. Contents are views of `bytes`. */
export function* decodeTar(bytes: Uint8Array): Generator<TarEntry> {
  let longPath: string | undefined;
  let longTarget: string | undefined;
  for (let at = 0; at + block <= bytes.length && bytes[at] !== 0; ) {
    const header = bytes.subarray(at, at + block);
    const size = number(header, 124, 12);
    const content = bytes.subarray(at + block, at + block + size);
    at += block + Math.ceil(size / block) * block;
    const flag = String.fromCharCode(header[156] ?? 0);
    if (flag === "L") longPath = text(content, 0, size);
    else if (flag === "K") longTarget = text(content, 0, size);
    else {
      const prefix = text(header, 257, 6) === "ustar" ? text(header, 345, 155) : "";
      const name = longPath ?? (prefix ? `${prefix}/` : "") + text(header, 0, 100);
      const target = longTarget ?? text(header, 157, 100);
      longPath = longTarget = undefined;
      const kind = kinds[flag as keyof typeof kinds];
      const path = name.replace(/^\.?\/+/, "").replace(/\/+$/, "");
      if (!kind || path === "" || path === ".") continue;
      yield {
        path,
        kind,
        mode: number(header, 100, 8) & 0o7777,
        uid: number(header, 108, 8),
        gid: number(header, 116, 8),
        mtime: number(header, 136, 12),
        ...(kind === "symlink" ? { target } : {}),
        ...(kind === "hardlink" ? { target: target.replace(/^\.?\/+/, "") } : {}),
        ...(kind === "file" ? { content } : {}),
      };
    }
  }
}

/** The bytes of one entry, as pieces in order, so that large contents are not copied. */
export function* encodeTarEntry(entry: TarEntry): Generator<Uint8Array> {
  const path = entry.kind === "folder" ? `${entry.path}/` : entry.path;
  if (byteSize(path) > 100) yield* longName("L", path);
  if (entry.target && byteSize(entry.target) > 100) yield* longName("K", entry.target);
  const size = entry.content?.length ?? 0;
  yield header({ ...entry, path, flag: flags[entry.kind], size });
  if (!entry.content) return;
  yield entry.content;
  if (size % block !== 0) yield new Uint8Array(block - (size % block));
}

/** What ends an archive. */
export const tarEnd: Uint8Array = new Uint8Array(2 * block);

function* longName(flag: "L" | "K", name: string): Generator<Uint8Array> {
  const content = Buffer.from(`${name}\0`);
  const common = { path: "././@LongLink", mode: 0, uid: 0, gid: 0, mtime: 0 };
  yield header({ ...common, flag, size: content.length });
  yield content;
  if (content.length % block !== 0) yield new Uint8Array(block - (content.length % block));
}

type Header = Omit<TarEntry, "kind" | "content"> & { readonly flag: string; readonly size: number };

function header({ path, mode, uid, gid, mtime, target = "", flag, size }: Header): Uint8Array {
  const out = Buffer.alloc(block);
  out.write(path.slice(0, 100), 0, 100);
  octal(out, 100, 8, mode);
  octal(out, 108, 8, uid);
  octal(out, 116, 8, gid);
  octal(out, 124, 12, size);
  octal(out, 136, 12, mtime);
  out.write("        ", 148); // the checksum counts itself as blanks
  out.write(flag, 156);
  out.write(target.slice(0, 100), 157, 100);
  out.write("ustar\x0000", 257);
  const sum = out.reduce((total, byte) => total + byte, 0);
  out.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return out;
}

function octal(out: Buffer, at: number, width: number, value: number): void {
  out.write(value.toString(8).padStart(width - 1, "0"), at, width - 1);
}

function text(bytes: Uint8Array, at: number, width: number): string {
  const field = Buffer.from(bytes.buffer, bytes.byteOffset + at, width);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? width : end);
}

/** Octal digits, or GNU's base 256 where the first bit is set. */
function number(bytes: Uint8Array, at: number, width: number): number {
  if ((bytes[at] ?? 0) & 0x80)
    return bytes.subarray(at + 1, at + width).reduce((sum, byte) => sum * 256 + byte, 0);
  return Number.parseInt(text(bytes, at, width).trim() || "0", 8);
}

const byteSize = (name: string): number => Buffer.byteLength(name);
