import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseController, controllerEndpoints } from "./endpoints.ts";

test("controllerEndpoints() reads addresses of both families, ready or not, and nothing that is none", () => {
  const slice = {
    endpoints: [
      { addresses: ["10.0.0.1"], conditions: { ready: true } },
      { addresses: ["fd00::1"], conditions: { ready: false } },
      { addresses: ["evil.example/x"] },
    ],
    ports: [
      { name: "other", port: 1 },
      { name: "api", port: 10349 },
    ],
  };
  assert.deepEqual(controllerEndpoints(slice), [
    { server: "https://10.0.0.1:10349", isReady: true },
    { server: "https://[fd00::1]:10349", isReady: false },
  ]);
  assert.deepEqual(controllerEndpoints({ endpoints: slice.endpoints }), []);
  assert.throws(() => controllerEndpoints({ endpoints: [{}] }));
});

test("chooseController() goes round where one after the other fails, and stays with who answers", () => {
  const all = [
    { server: "a", isReady: false },
    { server: "b", isReady: true },
    { server: "c", isReady: true },
  ];
  const failed = new Map<string, number>();
  const seen: (string | undefined)[] = [];
  for (let now = 1; now <= 5; now++) {
    const chosen = chooseController(all, failed);
    seen.push(chosen);
    failed.set(chosen ?? "", now);
  }
  assert.deepEqual(seen, ["b", "c", "a", "b", "c"]);
  failed.delete("c");
  assert.equal(chooseController(all, failed), "c");
  assert.equal(chooseController([], failed), undefined);
});
