import assert from "node:assert/strict";
import { test } from "node:test";
import { patience } from "@antrea/lab";
import { inAgent, inOpenVSwitch, labForFile, ping, startPods } from "./support/cluster.ts";
import { datapath, needsUserspace, type onlyUserspace } from "./support/datapath.ts";
import { flowsOf, podCidrOf } from "./support/node-state.ts";

/** What others change on the switch and the host is put back and told, if it is ours, and left alone, if it is not. */
const lab = labForFile("drift", { nodes: 2 });

/** The promise, in milliseconds; it counts from when the command that changed something has ended. */
const withinMs = 5_000 * patience();

/** Where the changes are made. An agent tells of its Node so many times in five minutes, as client-go's programs do. */
let edited: "node-1" | "node-2" = "node-1";

let addresses: ReadonlyMap<string, string> = new Map();
const address = (name: string): string =>
  addresses.get(name) ?? assert.fail(`${name} has an address`);

const host = (...argv: readonly [string, ...string[]]) => lab().node(edited).exec(argv);
const shell = (script: string) => host("sh", "-c", script);
const ofctl = (...argv: readonly string[]) =>
  inAgent(lab(), edited, "antrea-ovs", ["ovs-ofctl", "-O", "OpenFlow15", ...argv]);
const vsctl = (...argv: readonly string[]) =>
  inOpenVSwitch(lab(), edited, ["ovs-vsctl", "--no-wait", ...argv]);
const flows = async (): Promise<string> =>
  (await flowsOf(lab(), edited))
    .filter((line) => line.includes("actions=") && !line.includes("idle_timeout"))
    .toSorted()
    .join("\n");

/** The messages of the Events that say what was put back on that Node. */
async function told(): Promise<readonly string[]> {
  const text = await lab().kubectl([
    ...["get", "events", "-n", "default", "-o", "json"],
    ...["--field-selector", `involvedObject.name=${edited},reason=DriftCorrected`],
  ]);
  const { items } = JSON.parse(text) as { items: { type: string; message: string }[] };
  assert.ok(items.every(({ type }) => type === "Warning"));
  return items.map(({ message }) => message);
}

/** The Node's end of the Pod `left`, for a shell. */
const leftLink = "$(ip -o link | grep -o 'left-[^@:]*')";

interface Edit {
  readonly what: string;
  readonly change: () => Promise<unknown>;
  /** What is to be as it was. */
  readonly state: () => Promise<string>;
  /** How the Event calls it. */
  readonly event: RegExp;
  /** Why the kernel's datapath has no such thing. */
  readonly lacking?: keyof typeof onlyUserspace;
}

async function holds(what: string, ms: number, probe: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + ms;
  let isSo = await probe();
  for (; !isSo && performance.now() < end; ) isSo = await probe();
  assert.ok(isSo, `${what} within ${ms} ms`);
}

async function isPutBack({ what, change, state, event }: Edit): Promise<void> {
  const before = await state();
  const eventsBefore = JSON.stringify(await told());
  await change();
  await holds(
    `${what} is put back`,
    withinMs,
    async () => (await state().catch(() => "")) === before,
  );
  await holds(`an Event tells of it (${what})`, withinMs, async () => {
    const messages = await told();
    return JSON.stringify(messages) !== eventsBefore && messages.some((one) => event.test(one));
  });
}

/** With the kernel's datapath no frame has to be hidden from the host's stack. */
const nftTables =
  datapath === "netdev" ? ["ip antrea", "netdev antrea", "netdev antrea-isolated"] : ["ip antrea"];

const ruleToPods = /comment "(The host to Pods[^"]*)" # handle (\d+)/;

const edits: readonly Edit[] = [
  {
    what: "a table's flows that were deleted",
    change: () => ofctl("--names", "del-flows", "br-int", "table=L3Forwarding"),
    state: flows,
    event: /flows \+ .*table=/,
  },
  {
    what: "a flow that was modified",
    change: () => ofctl("--names", "mod-flows", "br-int", "table=Output,actions=drop"),
    state: flows,
    event: /flows ~ /,
  },
  {
    what: "a route that was deleted",
    change: async () => host("ip", "route", "del", await podCidrOf(lab(), "node-2")),
    state: () => host("ip", "route", "show", "proto", "167"),
    event: /host \+ route .*10\.244\./,
  },
  {
    what: "a route that was made to lead elsewhere",
    change: async () =>
      host("ip", "route", "replace", await podCidrOf(lab(), "node-2"), "dev", "lo"),
    state: () => host("ip", "route", "show", "proto", "167"),
    event: /host ~ route .*10\.244\./,
  },
  {
    what: "a managed neighbour that was deleted",
    change: () =>
      shell(
        "ip -d neigh show | awk '/managed/ {print $1, $3; exit}' | xargs -n2 sh -c 'ip neigh del $0 dev $1'",
      ),
    state: () => shell("ip -d neigh show | grep -c managed"),
    event: /host [+~] neighbour /,
    lacking: "sharedUplink",
  },
  {
    what: "the gateway's address",
    change: () => shell("ip address flush dev antrea-gw0"),
    state: () => shell("ip -4 -br address show dev antrea-gw0; ip route show proto 167"),
    event: /host \+ address antrea-gw0 /,
  },
  {
    what: "the gateway's link that was set down, with another MTU",
    change: () => host("ip", "link", "set", "antrea-gw0", "down", "mtu", "1200"),
    state: () =>
      shell("ip link show antrea-gw0 | grep -oE 'mtu [0-9]+|,UP' ; ip route show proto 167"),
    event: /host ~ link antrea-gw0/,
  },
  {
    what: "a sysctl",
    change: () => host("sysctl", "-qw", "net.ipv4.conf.antrea-gw0.arp_announce=0"),
    state: () => host("sysctl", "-n", "net.ipv4.conf.antrea-gw0.arp_announce"),
    event: /host ~ sysctl net\/ipv4\/conf\/antrea-gw0\/arp_announce/,
  },
  {
    what: "an nft rule that kept its comment",
    change: async () => {
      const listing = await host("nft", "-a", "list", "chain", "ip", "antrea", "postrouting");
      const [, comment = "", handle = ""] = ruleToPods.exec(listing) ?? assert.fail(listing);
      const rule = `oifname "antrea-gw0" drop comment "${comment}"`;
      await host("nft", `replace rule ip antrea postrouting handle ${handle} ${rule}`);
    },
    state: () => host("nft", "-s", "list", "table", "ip", "antrea"),
    event: /host ~ nft table ip antrea/,
  },
  {
    what: "the nft tables, deleted",
    change: () => host("nft", nftTables.map((table) => `delete table ${table}`).join("; ")),
    state: () => shell(nftTables.map((table) => `nft -s list table ${table}`).join("; ")),
    event:
      datapath === "netdev"
        ? /host \+ nft table .*host \+ isolation of left-/
        : /host \+ nft table ip antrea/,
  },
  {
    what: "a Pod's link that was set down",
    change: () => shell(`ip link set ${leftLink} down`),
    state: () => shell(`ip link show ${leftLink} | grep -o ',UP'`),
    event: /host ~ link left-/,
  },
  {
    what: "a sysctl of a Pod's link",
    change: () => shell(`echo 0 > /proc/sys/net/ipv4/conf/${leftLink}/arp_ignore`),
    state: () => shell(`cat /proc/sys/net/ipv4/conf/${leftLink}/arp_ignore`),
    event: /host ~ sysctl net\/ipv4\/conf\/left-.*\/arp_ignore/,
  },
  {
    what: "the way of a tunnel that ovs-vswitchd was told",
    change: () =>
      inOpenVSwitch(lab(), "node-1", [
        ...["ovs-appctl", "ovs/route/del", `${lab().node("node-2").address}/32`],
      ]),
    state: () =>
      inOpenVSwitch(lab(), "node-1", ["ovs-appctl", "ovs/route/show"]).then((text) =>
        text
          .split("\n")
          .filter((line) => line.startsWith("User"))
          .toSorted()
          .join("\n"),
      ),
    event: /tunnel routes \+ /,
    lacking: "toldTunnelRoutes",
  },
  ...["left", "antrea-tun0", "eth0", "antrea-gw0"].map(
    (port): Edit => ({
      what: `port ${port}, deleted`,
      change: async () => {
        const names = (await vsctl("list-ports", "br-int")).split("\n");
        await vsctl("del-port", names.find((name) => name.startsWith(port)) ?? "none");
      },
      state: async () => {
        const ports = await ofctl("show", "br-int");
        const numbers = [...ports.matchAll(/^ (\d+)\((\S+)\)/gm)].map(
          ([, n, name]) => `${n} ${name}`,
        );
        return [
          ...numbers.toSorted(),
          await host("ip", "-4", "-br", "address", "show", "dev", "antrea-gw0"),
        ].join("\n");
      },
      event: new RegExp(`bridge \\+ Port ${port}`),
      ...(port === "eth0" ? { lacking: "sharedUplink" } : {}),
    }),
  ),
];

/** It makes Open vSwitch drop all flows, also others'. */
const editOfSettings: Edit = {
  what: "settings of ports and of the bridge",
  change: () =>
    vsctl(
      ...["set", "Interface", "antrea-tun0", "options:key=7", "--"],
      ...["set", "Port", "antrea-gw0", "tag=9", "--"],
      ...["set", "Bridge", "br-int", "fail_mode=standalone"],
    ),
  state: () =>
    vsctl(
      ...["get", "Interface", "antrea-tun0", "options", "--"],
      ...["get", "Port", "antrea-gw0", "tag", "--", "get", "Bridge", "br-int", "fail_mode"],
    ),
  event: /bridge .*~ Interface antrea-tun0 options/,
};

test("two Pods on two Nodes talk", async () => {
  addresses = await startPods(lab(), [
    { name: "left", node: "node-1" },
    { name: "right", node: "node-2" },
  ]);
  assert.equal(await ping(lab(), "left", address("right")), 3);
});

test("what is not ours stays as others made it, also while ours is put back", async () => {
  await ofctl(
    "--names",
    "add-flow",
    "br-int",
    "cookie=0xbeef,table=200,priority=7,ip,nw_dst=192.0.2.9,actions=drop",
  );
  await ofctl("add-group", "br-int", "group_id=77,type=all,bucket=drop");
  await vsctl("add-br", "br-theirs", "--", "set", "Bridge", "br-theirs", "datapath_type=netdev");
  await vsctl("add-port", "br-int", "theirs", "--", "set", "Interface", "theirs", "type=internal");
  await host("nft", 'add table ip theirs { chain c { drop comment "theirs"; }; }');
  await host("ip", "route", "add", "198.51.100.0/24", "dev", "lo", "proto", "static");
  await host(
    "ip",
    "neigh",
    "add",
    "192.0.2.7",
    "lladdr",
    "02:00:00:00:00:07",
    "dev",
    "eth0",
    "nud",
    "permanent",
  );
  await host("sysctl", "-qw", "net.ipv4.conf.lo.arp_announce=2");
});

function testPutBack(edit: Edit): void {
  const options = edit.lacking ? needsUserspace(edit.lacking) : {};
  test(`${edit.what}: put back within 5 s, told in an Event, and Pods talk`, options, async () => {
    await isPutBack(edit);
    await holds(
      "Pods talk again",
      withinMs,
      async () => (await ping(lab(), "left", address("right"), { count: 1 })) === 1,
    );
  });
}

for (const edit of edits) testPutBack(edit);

test("all that is not ours is as it was", async () => {
  assert.match(await ofctl("dump-flows", "br-int", "cookie=0xbeef/-1"), /192\.0\.2\.9/);
  assert.match(await ofctl("dump-groups", "br-int"), /group_id=77/);
  assert.match(await vsctl("list-br"), /br-theirs/);
  assert.match(await vsctl("list-ports", "br-int"), /^theirs$/m);
  assert.match(await host("nft", "list", "table", "ip", "theirs"), /drop comment "theirs"/);
  assert.match(await host("ip", "route", "show", "198.51.100.0/24"), /proto static/);
  assert.match(await host("ip", "neigh", "show", "192.0.2.7"), /02:00:00:00:00:07 PERMANENT/);
  assert.equal((await host("sysctl", "-n", "net.ipv4.conf.lo.arp_announce")).trim(), "2");
  await vsctl("del-br", "br-theirs");
});

test("the other Node takes its turn", () => {
  edited = "node-2";
});

testPutBack(editOfSettings);

test("the bridge, deleted: back with all its ports and flows, and Pods talk", async () => {
  const before = await flows();
  const ports = await vsctl("list-ports", "br-int");
  await vsctl("del-br", "br-int");
  await holds("the ports are back", withinMs, async () =>
    vsctl("list-ports", "br-int").then(
      (now) => now === ports,
      () => false,
    ),
  );
  await holds(
    "the flows are back",
    withinMs,
    async () => (await flows().catch(() => "")) === before,
  );
  await holds(
    "Pods talk again",
    withinMs,
    async () => (await ping(lab(), "left", address("right"), { count: 1 })) === 1,
  );
  await holds("an Event tells of it", withinMs, async () =>
    (await told()).some((one) => /bridge \+ /.test(one)),
  );
});

test("antctl get changes has what was found and put back", async () => {
  const argv = ["antctl", "get", "changes", "-o", "json"];
  const rows = JSON.parse(await inAgent(lab(), "node-1", "antrea-agent", argv)) as {
    kind: string;
    cause: string;
    outcome: string;
  }[];
  const found = rows.filter(({ cause, outcome }) => cause === "found" && outcome === "confirmed");
  const kinds = new Set(found.map(({ kind }) => kind));
  const everywhere = ["flow", "route", "address", "link", "sysctl", "nft table", "bridge"];
  const userspace = datapath === "netdev" ? ["neighbour", "tunnel route"] : [];
  for (const kind of [...everywhere, ...userspace])
    assert.ok(kinds.has(kind), `${kind} is among ${[...kinds].join(", ")}`);
});
