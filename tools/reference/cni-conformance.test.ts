import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../repository.ts";
import { cniDemands } from "./cni-conformance.ts";

test("cniDemands name a test each, and every one of these tests is there", () => {
  for (const { demand, tests } of cniDemands) {
    assert.ok(tests.length > 0, demand);
    for (const [file, name] of tests) {
      const source = readFileSync(join(repository, file), "utf8");
      const isThere = ['"', "`"].some((quote) => source.includes(`${quote}${name}${quote}`));
      assert.ok(
        isThere,
        `${file} has no test "${name}", which the page docs/reference/cni.md names`,
      );
    }
  }
});
