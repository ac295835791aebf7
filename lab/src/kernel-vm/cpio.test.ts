import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeCpio } from "./cpio.ts";

/** Reads an archive back as cpio(5) says: thirteen numbers of eight hexadecimal digits, name, content. */
function members(archive: Buffer) {
  const found: { name: string; mode: number; content: string }[] = [];
  for (let at = 0; at < archive.length; ) {
    assert.equal(at % 4, 0, "a member begins at a multiple of four bytes");
    assert.equal(archive.toString("latin1", at, at + 6), "070701");
    const field = (i: number) =>
      Number.parseInt(archive.toString("latin1", at + 6 + i * 8, at + 14 + i * 8), 16);
    const [mode, sizeBytes, nameBytes] = [field(1), field(6), field(11)];
    const name = archive.toString("utf8", at + 110, at + 110 + nameBytes - 1);
    const start = aligned(at + 110 + nameBytes);
    found.push({ name, mode, content: archive.toString("utf8", start, start + sizeBytes) });
    at = aligned(start + sizeBytes);
  }
  return found;
}

const aligned = (offset: number): number => Math.ceil(offset / 4) * 4;

test("encodeCpio() keeps names, kinds, modes and contents of any length, and ends with the trailer", () => {
  const texts = ["", "a", "ab", "abc", "abcd", "x".repeat(1000)];
  const archive = encodeCpio([
    { path: "bin", mode: 0o755 },
    ...texts.map((text, i) => ({
      path: `bin/${"n".repeat(i + 1)}`,
      mode: 0o750,
      content: Buffer.from(text),
    })),
  ]);
  assert.deepEqual(members(archive), [
    { name: "bin", mode: 0o40755, content: "" },
    ...texts.map((content, i) => ({
      name: `bin/${"n".repeat(i + 1)}`,
      mode: 0o100750,
      content,
    })),
    { name: "TRAILER!!!", mode: 0, content: "" },
  ]);
});
