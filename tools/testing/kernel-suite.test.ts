import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../repository.ts";
import { kernelSuite, notInEmulation } from "./kernel-suite.ts";

test("every end-to-end file runs on the kernel's datapath, or has a reason not to", () => {
  const files = ["test", "test/bare"].flatMap((folder) =>
    readdirSync(join(repository, folder))
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => `${folder}/${name}`),
  );
  const known = [...kernelSuite.map(({ file }) => file), ...Object.keys(notInEmulation)];
  assert.deepEqual(known.toSorted(), files.toSorted());
});
