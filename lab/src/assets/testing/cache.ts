import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** Gives a test a cache of its own, gone afterwards. */
export function useOwnCache(t: TestContext): void {
  const folder = mkdtempSync(join(tmpdir(), "antrea-cache-"));
  const before = process.env["XDG_CACHE_HOME"];
  process.env["XDG_CACHE_HOME"] = folder;
  t.after(() => {
    if (before === undefined) delete process.env["XDG_CACHE_HOME"];
    else process.env["XDG_CACHE_HOME"] = before;
    rmSync(folder, { recursive: true, force: true });
  });
}
