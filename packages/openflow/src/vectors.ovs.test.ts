import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { toHex } from "@antrea/wire";
import { readVectors } from "./testing/vectors.ts";

const vectors = (name: string) =>
  readVectors(new URL(`../testdata/${name}.vectors`, import.meta.url)).filter((v) => !v.isBad);

/** What ovs-ofctl prints for the lines. */
async function ofctl(args: readonly string[], lines: readonly string[]): Promise<string> {
  const child = spawn("ovs-ofctl", args, { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.on("error", () => {}); // it may end without reading
  child.stdin.end(lines.map((line) => `${line}\n`).join(""));
  return await text(child.stdout);
}

const spaced = (bytes: Uint8Array) => toHex(bytes).replaceAll(/(..)(?!$)/g, "$1 ");

test("actions.vectors are what ovs-ofctl prints for the same bytes", async () => {
  const known = vectors("actions").filter((v) => !v.text.startsWith("unknown("));
  const printed = await ofctl(
    ["parse-actions", "OpenFlow15"],
    known.map((v) => spaced(v.bytes)),
  );
  const lines = printed.split("\n").filter((line) => line !== "");
  assert.deepEqual(
    lines,
    known.map((v) => `actions=${v.text}`),
  );
});

test("matches.vectors are what ovs-ofctl prints for the same bytes", async () => {
  const known = vectors("matches");
  for (const { text: expected, bytes } of known) {
    // A flow-stats request carries the match and nothing else.
    const body = `12 06 0000 00000005 0001 0000 00000000 ff000000 ffffffff ffffffff 00000000 ${"0".repeat(32)}`;
    const frame = `06${body.replaceAll(" ", "")}${toHex(bytes)}`;
    const length = (frame.length / 2 - 1).toString(16).padStart(4, "0");
    const fixed = `0612${length}${frame.slice(10)}`;
    const printed = await ofctl(["ofp-print", fixed], []);
    const match = /^OFPST_FLOW request \(OF1\.5\) \(xid=0x5\): ?(.*)$/m.exec(printed)?.[1];
    assert.equal(match, expected === "any" ? "" : expected, printed);
  }
});

test("messages.vectors are messages for ovs-ofctl, and of the same kind", async () => {
  for (const { text: line, bytes } of vectors("messages")) {
    if (line.startsWith("unknown")) continue;
    const printed = await ofctl(["ofp-print", toHex(bytes)], []);
    assert.match(printed, /^(?:OFP|NX)\w+/, line);
    // A packet-in's continuation is private to the switch: ours is made up.
    if (!line.includes("continuation"))
      assert.doesNotMatch(printed, /decode error/, `${line}\n${printed}`);
  }
});
