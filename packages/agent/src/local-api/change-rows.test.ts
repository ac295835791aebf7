import assert from "node:assert/strict";
import { test } from "node:test";
import { changeLog } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { changeRows } from "./change-rows.ts";

test("changeRows() picks by owner, kind and serial number", () => {
  const log = changeLog(manualClock());
  const common = { cause: "wanted", added: 1, modified: 0, removed: 0, details: ["+ x"] } as const;
  for (const [kind, owner] of [
    ["flow", "pod:shop/cart-0"],
    ["port", "pod:shop/cart-0"],
    ["nft table", "node"],
  ] as const)
    log.sending({ kind, owner, ...common }).confirmed();
  const picked = (query: Parameters<typeof changeRows>[1]) =>
    changeRows(log, query).map(({ serial }) => serial);

  assert.deepEqual(picked({}), [1, 2, 3]);
  assert.deepEqual(picked({ owner: "shop/cart-0" }), [1, 2]);
  assert.deepEqual(picked({ kind: "flow, nft table" }), [1, 3]);
  assert.deepEqual(picked({ after: 2 }), [3]);
  assert.equal(changeRows(log, {})[0]?.settledAt, "1970-01-01T00:00:00.000Z");
});
