import type { TarEntry } from "./tar-format.ts";

/** The files of a layer by path, each path once, in Debian's merged form (`/bin` is a link to `/usr/bin`). */
export type FileTree = ReadonlyMap<string, TarEntry>;

const merged = /^(bin|sbin|lib|lib64)(?=\/|$)/;

/** The links that make the merged form; they belong into the lowest layer. */
export const mergedLinks: Readonly<Record<string, string>> = {
  bin: "usr/bin",
  sbin: "usr/sbin",
  lib: "usr/lib",
  lib64: "usr/lib64",
};

const isMergedLink = ({ path, kind }: TarEntry): boolean =>
  kind === "symlink" && path in mergedLinks;

/**
 * Puts entries into one tree. A later entry wins, but a link never replaces a file: where a package
 * ships `/bin/x` and a link to it at `/usr/bin/x`, both are now the same path.
 */
export function fileTree(entries: Iterable<TarEntry>): FileTree {
  const tree = new Map<string, TarEntry>();
  for (const entry of entries) {
    const path = isMergedLink(entry) ? entry.path : entry.path.replace(merged, "usr/$1");
    const before = tree.get(path);
    if (before && before.kind !== "symlink" && entry.kind === "symlink") continue;
    const target =
      entry.kind === "hardlink" ? entry.target?.replace(merged, "usr/$1") : entry.target;
    tree.set(path, { ...entry, path, ...(target === undefined ? {} : { target }) });
  }
  return tree;
}

/** Leaves out every path at whose start one of `patterns` matches. */
export function withoutPaths(
  entries: Iterable<TarEntry>,
  patterns: readonly string[],
): readonly TarEntry[] {
  const left = new RegExp(`^(?:${patterns.join("|") || "(?!)"})`);
  return [...entries].filter(({ path }) => !left.test(path));
}

/**
 * Entries in the order in which they can be unpacked, folders before what they hold, hard links
 * after what they link to, and no time later than `epoch`, so that equal trees give equal bytes.
 */
export function unpackOrder(tree: FileTree, epoch: number): readonly TarEntry[] {
  const rank = (entry: TarEntry): number => (entry.kind === "hardlink" ? 1 : 0);
  return [...tree.values()]
    .sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1))
    .map((entry) => ({ ...entry, mtime: Math.min(entry.mtime, epoch) }));
}
