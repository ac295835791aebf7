import type { LabHost } from "@antrea/lab";

/** All that Pods could leave on a Node, as lines by kind. */
export type Inventory = ReadonlyMap<string, ReadonlySet<string>>;

const run = "/var/run/antrea";
const ovs = `${run}/openvswitch`;

/** Reads the kernel, the switch, its database and the agent's folder themselves: nobody's word is taken. */
export async function inventory(node: LabHost): Promise<Inventory> {
  const look = async (argv: readonly [string, ...string[]]) => lines(await node.exec(argv));
  const json = async (argv: readonly [string, ...string[]]) =>
    JSON.parse((await node.exec(argv)).trim() || "[]") as readonly Record<string, unknown>[];
  const [daemon] = await look(["cat", `${ovs}/ovs-vswitchd.pid`]);
  const control = `${ovs}/ovs-vswitchd.${daemon}.ctl`;
  const ports = await podPortNames(node);
  const tables = (await look(["nft", "list", "tables"]))
    .map((line) => line.split(" "))
    .filter(([, , name]) => name?.startsWith("antrea"));
  const rulesOf = async ([, family = "", name = ""]: readonly string[]) =>
    (await look(["nft", "-s", "-nn", "list", "table", family, name])).map(
      (line) => `${family} ${name}: ${line}`,
    );
  const spare = await sparePortNames(node);
  const others = (line: string) => ![...spare].some((name) => namesWord(line, name));
  const kinds = {
    link: (await json(["ip", "-j", "link", "show"])).map(({ ifname }) => String(ifname)),
    address: (await look(["ip", "-o", "address", "show"])).map(withoutIndexAndLifetime),
    route: [
      ...(await look(["ip", "route", "show", "table", "all"])),
      ...(await look(["ip", "-6", "route", "show", "table", "all"])),
    ].map((line) => line.replace(/ (expires|pref) \S+/g, "")),
    neighbour: (await look(["ip", "neigh", "show"]))
      .concat(await look(["ip", "neigh", "show", "nud", "permanent"]))
      .filter((line) => /\b(managed|PERMANENT)\b/.test(line))
      .map((line) => line.replace(/ (managed )?[A-Z]+ *$/, "")),
    rule: (await Promise.all(tables.map(rulesOf))).flat(),
    port: ports,
    flow: (
      await look([
        ...(["ovs-ofctl", "-O", "OpenFlow15", "--no-stats", "dump-flows"] as const),
        `unix:${ovs}/br-int.mgmt`,
      ])
    ).filter((line) => line.includes("actions=") && !/\b(idle|hard)_timeout=/.test(line)),
    "datapath port": (await look(["ovs-appctl", "-t", control, "dpif/show"])).filter(
      (line) => !line.includes("hit:"),
    ),
    file: await look(["find", `${run}/cni`, "-type", "f"]).catch(() => []),
  };
  return new Map(Object.entries(kinds).map(([kind, all]) => [kind, new Set(all.filter(others))]));
}

/** What is there and was not, and what was there and is not; a sentence each. */
export function differences(before: Inventory, after: Inventory): readonly string[] {
  return [...before].flatMap(([kind, was]) => {
    const is = after.get(kind) ?? new Set();
    return [
      ...[...is.difference(was)].map((line) => `left: ${kind} ${line}`),
      ...[...was.difference(is)].map((line) => `lost: ${kind} ${line}`),
    ];
  });
}

/** How many objects of each kind are there and were not. */
export function leakCounts(before: Inventory, after: Inventory): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...before].map(([kind, was]) => [kind, (after.get(kind) ?? new Set()).difference(was).size]),
  );
}

/** The containers that the bridge has ports of. */
export async function attachedContainers(node: LabHost): Promise<readonly string[]> {
  return (await podPortNames(node)).map((line) => line.split(" ")[1] ?? "");
}

/** Names of the ports of Pods, with their container and address. */
async function podPortNames(node: LabHost): Promise<readonly string[]> {
  return (await portRows(node)).flatMap(({ name, ids }) =>
    ids["antrea-type"] === "container"
      ? [`${name} ${ids["container-id"]} ${ids["ip-address"]}`]
      : [],
  );
}

/** Ports that the agent declares as its own and gives to no Pod: they come and go as it likes. */
async function sparePortNames(node: LabHost): Promise<ReadonlySet<string>> {
  const fixed = ["container", "gateway", "tunnel", "uplink", "host"];
  return new Set(
    (await portRows(node)).flatMap(({ name, ids }) =>
      ids["antrea-type"] !== undefined && !fixed.includes(ids["antrea-type"]) ? [name] : [],
    ),
  );
}

async function portRows(
  node: LabHost,
): Promise<readonly { readonly name: string; readonly ids: Readonly<Record<string, string>> }[]> {
  const said = await node.exec([
    ...["ovs-vsctl" as const, `--db=unix:${ovs}/db.sock`, "--format=json"],
    ...["--columns=name,external_ids", "list", "Port"],
  ] as [string, ...string[]]);
  const { data } = JSON.parse(said) as {
    readonly data: readonly [string, ["map", readonly [string, string][]]][];
  };
  return data.map(([name, [, pairs]]) => ({ name, ids: Object.fromEntries(pairs) }));
}

function namesWord(line: string, word: string): boolean {
  const at = line.indexOf(word);
  return at >= 0 && !/[\w.-]/.test(line[at + word.length] ?? "");
}

function withoutIndexAndLifetime(line: string): string {
  return line
    .replace(/^\d+: /, "")
    .replace(/\\.*$/, "")
    .trim();
}

function lines(said: string): readonly string[] {
  return said
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
