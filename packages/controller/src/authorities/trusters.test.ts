import assert from "node:assert/strict";
import { test } from "node:test";
import { withCaBundle } from "./trusters.ts";

test("withCaBundle() tells every webhook of a configuration, and an APIService in its spec", () => {
  const service = { namespace: "kube-system", name: "antrea" };
  const metadata = { name: "one", resourceVersion: "7" };
  const webhooks = [
    { name: "a", clientConfig: { service } },
    { name: "b", clientConfig: { service, caBundle: "b2xk" } },
  ];
  assert.deepEqual(withCaBundle({ metadata, webhooks } as object, "bmV3"), {
    metadata,
    webhooks: [
      { name: "a", clientConfig: { service, caBundle: "bmV3" } },
      { name: "b", clientConfig: { service, caBundle: "bmV3" } },
    ],
  });
  assert.deepEqual(withCaBundle({ metadata, spec: { service } } as object, "bmV3"), {
    metadata,
    spec: { service, caBundle: "bmV3" },
  });
});
