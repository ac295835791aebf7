import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { parseIp } from "@antrea/net";
import { startOvs } from "@antrea/openflow/testing";
import { unixctl } from "@antrea/ovsdb/io";
import { type TunnelRoute, tunnelRouteRealizer } from "./tunnel-routes.ts";

const { signal } = new AbortController();

/** Over the loopback device, which has addresses that ovs-vswitchd can send from. */
function to(destination: string, via?: string): TunnelRoute {
  const [address, router] = [parseIp(destination), via === undefined ? undefined : parseIp(via)];
  assert.ok(address);
  return { destination: address, device: "lo", ...(router && { via: router }) };
}

test("tunnel routes are told, changed, found again after a restart of ours, and forgotten", async () => {
  await using ovs = await startOvs({ datapath: "netdev" });
  const control = unixctl(join(ovs.runDir, "vswitchd.ctl"));
  const own = [to("127.0.0.1")];
  const routes = async () =>
    (await ovs.appctl("ovs/route/show"))
      .split("\n")
      .filter((line) => line.startsWith("User: "))
      .map((line) => line.replace(/^User: | SRC .*$/g, ""))
      .sort();

  const before = tunnelRouteRealizer(control, () => own, signal);
  await before.realize("node", own);
  await before.realize("near", [to("127.0.2.1")]);
  await before.realize("far", [to("127.0.3.1", "127.0.0.9")]);
  assert.deepEqual(await routes(), [
    "127.0.0.1/32 dev lo",
    "127.0.2.1/32 dev lo",
    "127.0.3.1/32 dev lo GW 127.0.0.9",
  ]);
  await before.realize("far", [to("127.0.3.1", "127.0.0.8")]);
  assert.ok((await routes()).includes("127.0.3.1/32 dev lo GW 127.0.0.8"));

  await ovs.appctl("ovs/route/add", "127.9.0.0/16", "lo");
  const after = tunnelRouteRealizer(control, () => own, signal);
  await after.realize("node", own);
  await after.realize("far", [to("127.0.3.1", "127.0.0.8")]);
  const change = await after.resync({ prune: true });
  assert.deepEqual(
    [change.add, change.modify, change.remove].map((part) => part.map(({ key }) => key)),
    [[], [], ["127.0.2.1"]],
  );
  assert.deepEqual(await routes(), [
    "127.0.0.1/32 dev lo",
    "127.0.3.1/32 dev lo GW 127.0.0.8",
    "127.9.0.0/16 dev lo",
  ]);
});

test("a tunnel route over a device that is not there is refused with ovs-vswitchd's own words", async () => {
  await using ovs = await startOvs({ datapath: "netdev" });
  const control = unixctl(join(ovs.runDir, "vswitchd.ctl"));
  const routes = tunnelRouteRealizer(control, () => [], signal);
  await assert.rejects(
    routes.realize("far", [{ ...to("192.0.2.1"), device: "absent0" }]),
    /ovs\/route\/add/,
  );
  await assert.rejects(routes.realize("near", [to("127.0.2.1")]).then(() => routes.resync()));
  assert.match(await ovs.appctl("ovs/route/show"), /User: 127\.0\.2\.1\/32/, "others are told");
});
