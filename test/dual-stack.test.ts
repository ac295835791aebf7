import assert from "node:assert/strict";
import { test } from "node:test";
import { sendFrames } from "@antrea/linux/testing";
import {
  type Cidr,
  cidrContains,
  familyOf,
  type IpAddress,
  type MacAddress,
  nthAddress,
  parseIp,
  parseMac,
} from "@antrea/net";
import {
  deletePods,
  eventually,
  inPod,
  labForFile,
  ping,
  podNetns,
  startPods,
} from "./support/cluster.ts";
import { datapath } from "./support/datapath.ts";
import { dualStack } from "./support/dual-stack.ts";
import {
  echoRequest,
  icmpv6Frame,
  madeHere,
  multicastQuery,
  neighbourAdvertisement,
  neighbourSolicitation,
  redirect,
  routerAdvertisement,
} from "./support/forged-frames.ts";

/** Pods, Services and Nodes with addresses of both IP families. */
const lab = labForFile("dual-stack", { ipFamily: "dual", mode: "encap", nodes: 2, subnets: 1 });

const pods = [
  { name: "here", node: "node-1", capabilities: ["NET_RAW", "NET_ADMIN"] },
  { name: "here-too", node: "node-1", labels: { serves: "pages" } },
  { name: "near", node: "node-2", labels: { serves: "pages" } },
];

const { addressesOf, antctl, expectTooBig, podCidrsOf } = dualStack(lab);

const ip = (text: string): IpAddress => parseIp(text) ?? assert.fail(text);
const allNodesMac = parseMac("33:33:00:00:00:01") ?? assert.fail();

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

test("the first packet that a Pod sends is answered, over either IP family", async () => {
  const [ipv4, ipv6] = (await podCidrsOf("node-2")).map((cidr) => nthAddress(cidr, 1n));
  const once = (address: IpAddress | undefined) => `ping -n -c 1 -W 1 ${address}`;
  const command = ["sh", "-c", `${once(ipv6)}; ${once(ipv4)}; sleep 3600`];
  await startPods(lab(), [{ name: "eager", node: "node-1", command }]);
  let said = "";
  await eventually("both were tried", async () => {
    said = await lab().kubectl(["logs", "eager"]);
    return said.split("ping statistics").length > 2;
  });
  assert.equal(said.match(/1 packets transmitted, 1 received/g)?.length, 2, said);
  await deletePods(lab(), "eager");
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

test("what a router says of a packet that is too big reaches the Pod behind masquerading", async () => {
  for (const destination of lab().plan.outsideHost.link.addresses)
    await expectTooBig("outside", destination);
});

/** Somebody whom forgeries may reach: a Pod, or the host behind its gateway. */
interface Witness {
  readonly address: IpAddress;
  readonly mac: MacAddress;
  readonly netns: string;
  readonly device: string;
}

async function podWitness(name: string): Promise<Witness> {
  const { node } = pods.find((pod) => pod.name === name) ?? assert.fail(name);
  const [, address] = await addressesOf(name);
  const netns = await podNetns(lab(), node, { pod: name, container: name });
  const said = await inPod(lab(), name, ["cat", "/sys/class/net/eth0/address"]);
  return { address, mac: parseMac(said.trim()) ?? assert.fail(said), netns, device: "eth0" };
}

async function gatewayWitness(): Promise<Witness> {
  const node = lab().node("node-1");
  const [link] = JSON.parse(await node.exec(["ip", "-j", "link", "show", "dev", "antrea-gw0"]));
  const [, cidr] = await podCidrsOf("node-1");
  assert.ok(cidr);
  return {
    address: nthAddress(cidr, 1n),
    mac: parseMac(link.address) ?? assert.fail(link.address),
    netns: node.namespaces.net,
    device: "antrea-gw0",
  };
}

/** Every lie that neighbour discovery lets a liar tell, from sources true and false. */
function forgeries(liar: Witness, victim: Witness, gateway: Witness): readonly Uint8Array[] {
  const allNodes = { ethDestination: allNodesMac, destination: ip("ff02::1") };
  const atVictim = { ethDestination: victim.mac, destination: victim.address };
  const from = (source: IpAddress, ethSource = liar.mac) => ({ source, ethSource });
  const linkLocal = from(ip("fe80::bad"));
  const itself = from(liar.address);
  const others = [linkLocal, from(gateway.address), from(gateway.address, gateway.mac)];
  const question = neighbourSolicitation(victim.address, liar.mac);
  const lies = [
    ...[itself, ...others].flatMap((source) =>
      [
        neighbourAdvertisement(gateway.address, liar.mac),
        { ...neighbourAdvertisement(gateway.address, liar.mac), isFragment: true },
        routerAdvertisement(liar.mac),
        redirect(liar.address, ip("fd00:172:30:1::b")),
      ].map((message) => ({ source, message })),
    ),
    // asked as itself it is honest: the kernel's datapath brings it to the victim, who answers
    ...(datapath === "netdev" ? [itself, ...others] : others).map((source) => ({
      source,
      message: question,
    })),
    { source: linkLocal, message: multicastQuery() },
    { source: linkLocal, message: echoRequest() },
    { source: from(victim.address), message: echoRequest() },
    { source: from(gateway.address), message: echoRequest() },
  ];
  return [atVictim, allNodes].flatMap((destination) =>
    lies.map(({ source, message }) => icmpv6Frame({ ...source, ...destination }, message)),
  );
}

test("a Pod that forges neighbour discovery, or another's address, is heard by nobody", async () => {
  const liar = await podWitness("here");
  const gateway = await gatewayWitness();
  const farWitness = await podWitness("near");
  const witnesses = [gateway, await podWitness("here-too"), farWitness];
  const send = (...frames: readonly Uint8Array[]) =>
    sendFrames({ netnsPath: liar.netns, device: liar.device, frames });
  for (const witness of witnesses) {
    const { netns, device, address } = witness;
    const filter = `${madeHere} and not ether src ${witness.mac}`;
    await using capture = await lab().capture({ netns, device, filter });
    send(...forgeries(liar, witness, gateway));
    // an honest one, which comes last; to another Node it goes by the gateway
    const ethDestination = witness === farWitness ? gateway.mac : witness.mac;
    send(
      icmpv6Frame(
        { source: liar.address, ethSource: liar.mac, destination: address, ethDestination },
        echoRequest(),
      ),
    );
    await eventually("the honest echo arrives", () => capture.seen().length > 0);
    assert.deepEqual(
      (await capture.stop()).map(({ outer }) => outer),
      [{ source: liar.address, destination: address }],
    );
  }
});

test("an address that a Pod took from another, which no duplicate detection told it, leads nowhere", async () => {
  const [, taken] = await addressesOf("here-too");
  const [, near] = await addressesOf("near");
  await inPod(lab(), "here", ["ip", "address", "add", `${taken}/64`, "dev", "eth0"]);
  await eventually("the kernel finds no duplicate", async () => {
    const said = await inPod(lab(), "here", ["ip", "-6", "address", "show", "dev", "eth0"]);
    return said.includes(taken) && !/tentative|dadfailed/.test(said);
  });
  assert.equal(await ping(lab(), "here", near, { source: taken }), 0);
  assert.equal(await ping(lab(), "near", taken), 3, "who had it first has it still");
  await inPod(lab(), "here", ["ip", "address", "del", `${taken}/64`, "dev", "eth0"]);
});

test("antctl probes each IP family, and traces a packet of the one that is asked for", async () => {
  const [ipv4, ipv6] = await podCidrsOf("node-2");
  const connectivity = await antctl("check", "connectivity");
  for (const cidr of [ipv4, ipv6])
    assert.match(connectivity, new RegExp(`node-2 +${gatewayOf(cidr as Cidr)} +tunnel`));
  assert.match(connectivity, /All 2 ways work/);
  const [, near] = await addressesOf("near");
  const trace = ["trace-packet", "-S", "default/here"];
  assert.match(await antctl(...trace, "-D", near, "-f", "tcp,tcp_dst=80"), /tcp6.*\n[^]*tunnel/);
  const solicitation = ["-D", "default/here-too", "-f", "icmp6,icmpv6_type=135"];
  const answer =
    datapath === "netdev" ? "sent back where it came from" : "sent to pod default/here-too";
  assert.match(
    await antctl(...trace, ...solicitation),
    new RegExp(`NDResponder[^]*Verdict: ${answer}`),
  );
  assert.match(
    await antctl(...trace, "-D", "default/here-too", "-F", "6"),
    /icmp6.*\n[^]*pod default\/here-too/,
  );
});

function gatewayOf(cidr: Cidr): string {
  return nthAddress(cidr, 1n);
}
