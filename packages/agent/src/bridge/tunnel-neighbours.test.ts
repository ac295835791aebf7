import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import type { IpAddress, MacAddress } from "@antrea/net";
import type { Unixctl } from "@antrea/ovsdb/io";
import { tunnelNeighbours } from "./tunnel-neighbours.ts";

const router = "172.30.1.1" as IpAddress;
const mac = "02:00:00:00:00:01" as MacAddress;
const { signal } = new AbortController();
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("tunnelNeighbours() has everybody who needs a neighbour wait until ovs-vswitchd knows it, and tells it once", async () => {
  const answer = Promise.withResolvers<string>();
  const asked: string[] = [];
  const control: Pick<Unixctl, "call"> = {
    call(method, args = []) {
      asked.push([method, ...args].join(" "));
      return answer.promise;
    },
  };
  const { put } = tunnelNeighbours(control, "br-int", silentLogger);
  const over: string[] = [];
  for (const name of ["near", "far"])
    void put(router, mac, { signal }).then(() => void over.push(name));
  await turn();
  assert.deepEqual(over, []);
  answer.resolve("");
  await turn();
  assert.deepEqual(new Set(over), new Set(["far", "near"]));
  await put(router, mac, { signal });
  assert.deepEqual(asked, [`tnl/neigh/set br-int ${router} ${mac}`]);
});
