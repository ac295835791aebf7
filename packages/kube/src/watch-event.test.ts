import assert from "node:assert/strict";
import { test } from "node:test";
import { isKubeError } from "./error.ts";
import { parseWatchEvent } from "./watch-event.ts";

test("parseWatchEvent() gives type and object", () => {
  const line = '{"type":"ADDED","object":{"metadata":{"name":"a"}}}';
  assert.deepEqual(parseWatchEvent("GET x", line), {
    type: "ADDED",
    object: { metadata: { name: "a" } },
  });
});

test("parseWatchEvent() throws the error that an ERROR event stands for", () => {
  const line = '{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}';
  assert.throws(
    () => parseWatchEvent("GET x", line),
    (error) => isKubeError(error, "expired"),
  );
});

test("parseWatchEvent() takes nothing else for an event", () => {
  for (const line of ["{", "null", "[]", '"ADDED"', "{}", '{"type":"added","object":{}}', "1"])
    assert.throws(
      () => parseWatchEvent("GET x", line),
      (error) => isKubeError(error, "bad-response"),
      line,
    );
});
