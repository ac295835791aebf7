import assert from "node:assert/strict";
import { test } from "node:test";
import { startedWith, startedWithKey, startText, wishedStart } from "./start-settings.ts";

test("wishedStart() names the settings that need a start, in one order, and no others", () => {
  const row = (...pairs: [string, string][]) => ({ other_config: new Map(pairs) });
  assert.equal(wishedStart(row()), "");
  assert.equal(
    wishedStart(row(["userspace-tso-enable", "true"], ["max-idle", "1"], ["hw-offload", "true"])),
    "hw-offload=true userspace-tso-enable=true",
  );
});

test("startText() is what wishedStart() says once the settings are written", () => {
  const settings = { "hw-offload": "true", "userspace-tso-enable": undefined };
  assert.equal(startText(settings), "hw-offload=true");
});

test("startedWith() tells nothing set from nothing said", () => {
  assert.equal(startedWith({ external_ids: new Map() }), undefined);
  assert.equal(startedWith({ external_ids: new Map([[startedWithKey, ""]]) }), "");
});
