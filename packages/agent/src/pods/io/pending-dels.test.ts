import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pendingDelPath } from "@antrea/api/cni";
import { silentLogger } from "@antrea/base";
import { pendingDels } from "./pending-dels.ts";

/** A folder as killed plugins leave it. */
function folderWith(t: { after(body: () => void): void }, ...names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "antrea-pending-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of names) writeFileSync(join(folder, name), "{");
  return folder;
}

const cart = { containerId: "cart", ifname: "eth0" };

test("pendingDels().read() removes what killed plugins left unfinished, not what one writes just now", (t) => {
  const folder = folderWith(t, "old.json.tmp", "new.json.tmp");
  const longAgo = new Date(Date.now() - 120_000);
  utimesSync(join(folder, "old.json.tmp"), longAgo, longAgo);
  assert.deepEqual(pendingDels(folder, silentLogger).read(), []);
  assert.deepEqual(readdirSync(folder), ["new.json.tmp"]);
});

test("pendingDels().take() removes half a word too, and says that there was no whole one", (t) => {
  const folder = folderWith(t);
  const half = `${pendingDelPath(cart, folder)}.tmp`;
  writeFileSync(half, "{");
  assert.equal(pendingDels(folder, silentLogger).take(cart), false);
  assert.ok(!existsSync(half));
});
