import assert from "node:assert/strict";
import { test } from "node:test";
import { objectNames } from "@antrea/api";
import { silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { storedObjects } from "../testing/stored-objects.ts";
import { authoritiesPublisher } from "./publisher.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const namespace = "kube-system";
const { authorities: name, authoritiesKey } = objectNames;

test("authoritiesPublisher() writes at once what it is told while it still writes what it was told before", async (t) => {
  const stored = storedObjects({ metadata: { namespace, name } });
  const clock = manualClock();
  const publisher = authoritiesPublisher({
    ...{ client: stored.client, namespace, isShared: false, trusters: [], clock },
    log: silentLogger,
  });
  stored.beforeWrite = async () => {
    stored.beforeWrite = async () => {};
    publisher.tell("second");
  };
  publisher.tell("first");
  await publisher.start(t.signal);
  t.after(() => publisher.stop());
  for (let waited = 0; waited < 1_000; waited += 250) {
    await turn();
    clock.advance(250);
  }
  await turn();
  const found = stored.objects.get(`${namespace}/${name}`) as { data?: Record<string, string> };
  assert.equal(found.data?.[authoritiesKey], "second");
  assert.equal(stored.writes, 2);
});
