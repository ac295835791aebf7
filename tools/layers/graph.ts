import type { SourceFile } from "./imports.ts";

/**
 * The arrows between rooms as text, one a line, from a room to a door that its files enter. Tests are
 * left out. Checked in, so that a new arrow is a line in a review.
 */
export function importGraph(sources: readonly SourceFile[]): string {
  const arrows = new Set<string>();
  for (const { room, path, imports } of sources) {
    if (/\.test\.ts$|\/testing\/|^tools\//.test(path)) continue;
    for (const { specifier } of imports) {
      const door = /^@antrea\/(.+)$/.exec(specifier)?.[1];
      if (door && door.split("/")[0] !== room) arrows.add(`${room} -> ${door}\n`);
    }
  }
  return `# Which room enters which doors. Written by "make golden"; checked by "make check".\n${[...arrows].sort().join("")}`;
}
