import assert from "node:assert/strict";
import { test } from "node:test";
import { exponentialBackOff, silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { KubeError } from "@antrea/kube";
import { offeredAtLast } from "./offered.ts";
import { optionalInputs } from "./source.ts";

const optional = optionalInputs({ AdminNetworkPolicy: true, ClusterNetworkPolicy: true });
const failure = (code: "server-error" | "not-found") =>
  new KubeError({ code, asked: "GET /apis", answer: "503 ServiceUnavailable" });

/** Of the groups it has AdminNetworkPolicy alone, and says so from the second question on. */
function asking(signal: AbortSignal) {
  const clock = manualClock();
  let questions = 0;
  const client = {
    async request({ path }: { readonly path: string }) {
      if (questions++ < 2) throw failure("server-error");
      if (path !== "/apis/policy.networking.k8s.io/v1alpha1") throw failure("not-found");
      return { resources: [{ name: "adminnetworkpolicies" }] };
    },
  };
  const backOff = exponentialBackOff({ firstMs: 100, maxMs: 100, random: () => 0 });
  const found = offeredAtLast({ client, optional, backOff, clock, log: silentLogger }, signal);
  return { clock, found };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("offeredAtLast() asks until it is known: nothing is left out because the server was busy", async (t) => {
  const { clock, found } = asking(t.signal);
  await turn();
  clock.advance(100);
  assert.deepEqual(
    (await found).map(({ resource }) => resource.plural),
    ["adminnetworkpolicies"],
  );
});

test("offeredAtLast() ends with its signal", async () => {
  const end = new AbortController();
  const { found } = asking(end.signal);
  await turn();
  end.abort();
  await assert.rejects(found, { name: "AbortError" });
});
