import type { SourceFile } from "./imports.ts";

/**
 * The arrows between rooms as text: one line a room, with the doors that its files enter. Tests
 * are left out. Checked in, so that a new arrow is a line in a review.
 */
export function importGraph(sources: readonly SourceFile[]): string {
  const arrows = new Map<string, Set<string>>();
  for (const { room, path, imports } of sources) {
    if (/\.test\.ts$|\/testing\/|^tools\//.test(path)) continue;
    const entered = arrows.get(room) ?? new Set();
    arrows.set(room, entered);
    for (const { specifier } of imports) {
      const door = /^@antrea\/(.+)$/.exec(specifier)?.[1];
      if (door && door.split("/")[0] !== room) entered.add(door);
    }
  }
  const lines = [...arrows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([room, entered]) => `${room}: ${[...entered].sort().join(" ") || "-"}\n`);
  return `# Which room enters which doors. Written by "npm run golden"; checked by "make check".\n${lines.join("")}`;
}
