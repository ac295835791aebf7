import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cidr, cidrContains, familyOf, type IpAddress, parseCidr, parseIp } from "@antrea/net";
import { inPod, labForFile, ping, startPods } from "./support/cluster.ts";
import { carriersOf } from "./support/path.ts";

/** Pods, Services and Nodes with addresses of both IP families. */
const lab = labForFile("dual-stack", { ipFamily: "dual", mode: "encap", nodes: 2, subnets: 1 });

const pods = [
  { name: "here", node: "node-1", capabilities: ["NET_RAW", "NET_ADMIN"] },
  { name: "here-too", node: "node-1", labels: { serves: "pages" } },
  { name: "there", node: "node-2", labels: { serves: "pages" } },
];

/** A Pod's addresses, IPv4 first, as Kubernetes lists them. */
async function addressesOf(name: string): Promise<readonly [IpAddress, IpAddress]> {
  const path = "jsonpath={.status.podIPs[*].ip}";
  const said = (await lab().kubectl(["get", "pod", name, "-o", path])).trim().split(" ");
  const [ipv4, ipv6, ...rest] = said.map((text) => parseIp(text) ?? assert.fail(text));
  assert.ok(ipv4 && ipv6 && rest.length === 0, `two addresses of ${name}: ${said.join(", ")}`);
  assert.deepEqual([familyOf(ipv4), familyOf(ipv6)], ["ipv4", "ipv6"]);
  return [ipv4, ipv6];
}

async function podCidrsOf(node: string): Promise<readonly Cidr[]> {
  const { spec } = JSON.parse(await lab().kubectl(["get", "node", node, "-o", "json"]));
  return spec.podCIDRs.map((text: string) => parseCidr(text) ?? assert.fail(text));
}

test("a Node has a Pod CIDR of each IP family, each claimed, and a Pod an address of each", async () => {
  await startPods(lab(), pods);
  const claims = await lab().kubectl(["get", "podcidrclaims", "-o", "json"]);
  const claimed = JSON.parse(claims).items.map(
    ({ spec }: { spec: { cidr: string; nodeName: string } }) => `${spec.cidr} ${spec.nodeName}`,
  );
  for (const { name, node } of pods) {
    const cidrs = await podCidrsOf(node);
    for (const cidr of cidrs) assert.ok(claimed.includes(`${cidr} ${node}`), `${cidr} is claimed`);
    for (const [i, address] of (await addressesOf(name)).entries())
      assert.ok(cidrContains(cidrs[i] as Cidr, address), `${address} is of ${cidrs[i]}`);
  }
});

test("Pods reach each other over IPv4 and IPv6, on one Node without a wire, on two through one tunnel", async () => {
  const here = await addressesOf("here");
  for (const [to, carriers] of [
    ["here-too", []],
    ["there", ["geneve"]],
  ] as const)
    for (const [i, address] of (await addressesOf(to)).entries()) {
      const from = { name: "here", address: here[i] as IpAddress };
      assert.deepEqual(await carriersOf(lab(), { from, to: address }), carriers, address);
    }
});

test("an IPv6 packet of the Pod's MTU passes whole", async () => {
  const mtu = Number(await inPod(lab(), "here", ["cat", "/sys/class/net/eth0/mtu"]));
  const [, ipv6] = await addressesOf("there");
  assert.equal(await ping(lab(), "here", ipv6, { sizeBytes: mtu - 48 }), 3);
});

test("a dual-stack Service answers on both of its addresses, by name too", async () => {
  await lab().apply([
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "pages", namespace: "default" },
      spec: {
        ipFamilyPolicy: "RequireDualStack",
        selector: { serves: "pages" },
        ports: [{ port: 80 }],
      },
    },
  ]);
  const name = "pages.default.svc.cluster.local";
  const get = ["curl", "-sS", "--retry", "20", "--retry-all-errors", "--retry-delay", "1"];
  for (const family of ["-4", "-6"])
    assert.match(
      await inPod(lab(), "here", [...get, family, "--max-time", "5", `http://${name}/`]),
      /nginx/i,
    );
});

test("Pods reach the world outside over IPv6 with their Node's address", async () => {
  const outside = lab().plan.outsideHost.link.addresses.find((a) => familyOf(a) === "ipv6");
  const node = lab().plan.nodes[0]?.link.addresses.find((a) => familyOf(a) === "ipv6");
  assert.ok(outside && node);
  await using capture = await lab().capture({ filter: "icmp6 and ip6[40] == 128" });
  assert.equal(await ping(lab(), "here", outside), 3);
  const sources = (await capture.stop()).flatMap(({ outer }) =>
    outer.destination === outside ? [outer.source] : [],
  );
  assert.deepEqual([...new Set(sources)], [node]);
});
