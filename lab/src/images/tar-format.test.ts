import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runText } from "../assets/index.ts";
import { decodeTar, encodeTarEntry, type TarEntry, tarEnd } from "./tar-format.ts";

const archive = (entries: readonly TarEntry[]): Buffer =>
  Buffer.concat([...entries.flatMap((entry) => [...encodeTarEntry(entry)]), tarEnd]);

const common = { mode: 0o644, uid: 0, gid: 0, mtime: 1_767_225_600 };
const file = (path: string, text: string): TarEntry => ({
  ...common,
  path,
  kind: "file",
  content: Buffer.from(text),
});

const paths = fc
  .array(fc.stringMatching(/^[a-zA-Z0-9_+-][a-zA-Z0-9._+é-]{0,60}$/), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join("/"));

const entries: fc.Arbitrary<TarEntry> = fc
  .record({
    path: paths,
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.integer({ min: 0, max: 65_535 }),
    gid: fc.integer({ min: 0, max: 65_535 }),
    mtime: fc.integer({ min: 0, max: 2 ** 33 - 1 }),
  })
  .chain((rest) =>
    fc.oneof(
      fc
        .uint8Array({ maxLength: 1500 })
        .map((content): TarEntry => ({ ...rest, kind: "file", content: Buffer.from(content) })),
      paths.map((target): TarEntry => ({ ...rest, kind: "symlink", target })),
      paths.map((target): TarEntry => ({ ...rest, kind: "hardlink", target })),
      fc.constant<TarEntry>({ ...rest, kind: "folder" }),
    ),
  );

test("decodeTar() gives back what encodeTarEntry() was given", () => {
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 8 }), (list) => {
      const read = [...decodeTar(archive(list))].map((one) =>
        one.content ? { ...one, content: Buffer.from(one.content) } : one,
      );
      assert.deepEqual(read, list);
    }),
  );
});

test("encodeTarEntry() writes what tar(1) reads, long names included", async () => {
  const long = `${"deep/".repeat(30)}file`;
  const bytes = archive([
    file("a", "1"),
    file(long, "2"),
    { ...common, path: "l", kind: "symlink", target: long },
  ]);
  const listed = await runText("tar", ["--list", "--file=-"], { input: bytes });
  assert.deepEqual(listed.trim().split("\n"), ["a", long, "l"]);
});
