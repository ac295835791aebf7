import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiClient } from "./api-client.ts";
import { formatPodTroubles, podTroubles } from "./pod-troubles.ts";

const answers: Readonly<Record<string, unknown>> = {
  "/api/v1/namespaces/kube-system/pods": {
    items: [
      {
        metadata: { name: "fine" },
        status: { conditions: [{ type: "Ready", status: "True" }] },
      },
      {
        metadata: { name: "crashing" },
        spec: { nodeName: "node-2" },
        status: {
          phase: "Running",
          conditions: [{ type: "Ready", status: "False" }],
          containerStatuses: [
            {
              name: "antrea-agent",
              ready: false,
              state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } },
              lastState: {
                terminated: { reason: "Error", exitCode: 1, message: "a\nNo bridge\n" },
              },
            },
          ],
        },
      },
    ],
  },
  "/api/v1/namespaces/kube-system/events?limit=1000": {
    items: [
      event("crashing", "Readiness probe failed", "2026-01-01T00:00:02Z"),
      event("crashing", "an older one", "2026-01-01T00:00:01Z"),
      event("fine", "not asked for", "2026-01-01T00:00:03Z"),
    ],
  },
};
const api: ApiClient = {
  get: async <T>(path: string) => answers[path] as T | undefined,
  isOk: async () => true,
};

test("podTroubles() tells of each Pod that is not ready how its containers ended and the last warning", async () => {
  assert.equal(
    formatPodTroubles(await podTroubles(api, "kube-system")),
    [
      "  crashing on node-2 is not ready",
      "    container antrea-agent: CrashLoopBackOff: back-off 10s",
      "    container antrea-agent: Error with code 1: No bridge",
      "    Readiness probe failed",
    ].join("\n"),
  );
});

function event(name: string, message: string, lastTimestamp: string) {
  return { type: "Warning", message, lastTimestamp, involvedObject: { kind: "Pod", name } };
}
