import {
  type Cidr,
  cidrFamily,
  cidrsOverlap,
  familyOf,
  type IpAddress,
  parseCidr,
} from "@antrea/net";
import { nearest } from "@antrea/base";
import { LabError } from "../../errors.ts";
import { attempt, run } from "../../io/command.ts";
import { allSubnets, findNode, type LabPlan, type SubnetPlan } from "../../plan/lab-plan.ts";
import { routerPort } from "../build.ts";
import { formatLossTable, parseLoss } from "../loss.ts";
import { runBatch } from "./build-fabric.ts";

/** A route of the fabric's router to Pod addresses, as in a cloud's route table. */
export interface FabricRoute {
  readonly cidr: string;
  readonly via: IpAddress;
  /** The Node with that address, if there is one. */
  readonly node: string | undefined;
}

/** Sends `cidr` to a Node; an earlier route for the same network is replaced. */
export async function addRoute(plan: LabPlan, cidr: Cidr, nodeName: string): Promise<void> {
  const node = requireNode(plan, nodeName);
  for (const subnet of allSubnets(plan))
    for (const network of subnet.networks)
      if (cidrsOverlap(cidr, network.cidr))
        throw new LabError({
          saw: `${cidr} overlaps the fabric's ${subnet.name} (${network.cidr})`,
          wanted: "a network of Pod addresses",
          remedy: `give the Node's own: antrea-lab kubectl get node ${node.name} -o jsonpath={.spec.podCIDR}`,
        });
  const via = node.link.addresses.find((one) => familyOf(one) === cidrFamily(cidr));
  if (via === undefined)
    throw new LabError({
      saw: `${cidr} is not of an IP family that ${node.name} has an address of (${node.link.addresses.join(", ")})`,
      wanted: "a network of the lab's IP families",
      remedy: "start a lab with: antrea-lab up --ip-family dual",
    });
  await runBatch({
    namespace: plan.routerNamespace,
    lines: [`route replace ${cidr} via ${via} proto static`],
  });
}

export async function removeRoute(plan: LabPlan, cidr: Cidr): Promise<void> {
  const routes = await listRoutes(plan);
  if (!routes.some((route) => route.cidr === cidr))
    throw new LabError({
      saw: `The router has no route to ${cidr}`,
      wanted: `one of ${routes.map((r) => r.cidr).join(", ") || "none: it has no such routes at all"}`,
      remedy: "look with: antrea-lab fabric route list",
    });
  await runBatch({ namespace: plan.routerNamespace, lines: [`route del ${cidr} proto static`] });
}

export async function listRoutes(plan: LabPlan): Promise<readonly FabricRoute[]> {
  interface Row {
    readonly dst: string;
    readonly gateway: IpAddress;
  }
  const tables = await Promise.all(
    ["-4", "-6"].map((family) =>
      run(["ip", family, "-n", plan.routerNamespace, "-j", "route", "show", "proto", "static"]),
    ),
  );
  const rows = tables.flatMap((text) => JSON.parse(text || "[]") as Row[]);
  return rows.map(({ dst, gateway }) => ({
    cidr: dst.includes("/") ? dst : `${dst}/${dst.includes(":") ? 128 : 32}`,
    via: gateway,
    node: plan.nodes.find(({ link }) => link.addresses.includes(gateway))?.name,
  }));
}

/** Pulls or plugs the cable of a Node, or of a subnet's link to the router. */
export async function setLink(plan: LabPlan, target: string, state: "up" | "down"): Promise<void> {
  const port = requirePort(plan, target);
  await runBatch({ namespace: plan.fabricNamespace, lines: [`link set ${port} ${state}`] });
}

/** Loses this share of the frames that pass the link of a Node or subnet, in each direction. */
export async function setLoss(plan: LabPlan, target: string, percent: number): Promise<void> {
  if (!(percent >= 0 && percent <= 100))
    throw new LabError({
      saw: `A loss of ${percent} %`,
      wanted: "a number from 0 to 100",
      remedy: `for example: antrea-lab fabric link loss ${target} 5`,
    });
  const script = formatLossTable(requirePort(plan, target), percent);
  await run(["nsenter", `--net=/run/netns/${plan.fabricNamespace}`, "nft", "-f", "-"], {
    input: script,
  });
}

/**
 * Sets the largest packet of a subnet's wire. Its hosts are told unless `wireOnly`: then they go on
 * sending larger ones, which the wire swallows, as a mis-set network does.
 */
export async function setMtu(
  plan: LabPlan,
  subnetName: string,
  bytes: number,
  { wireOnly = false } = {},
): Promise<void> {
  if (!Number.isInteger(bytes) || bytes < 576 || bytes > 9500)
    throw new LabError({
      saw: `An MTU of ${bytes}`,
      wanted: "a whole number of bytes from 576 to 9500",
      remedy: `for example: antrea-lab fabric mtu ${subnetName} 1500`,
    });
  const subnet = requireSubnet(plan, subnetName);
  const members = plan.nodes.filter((node) => node.subnet === subnet.name);
  const onWire = [routerPort(subnet), ...members.map((node) => node.link.port)];
  await runBatch({
    namespace: plan.fabricNamespace,
    lines: [...onWire, subnet.name].map((device) => `link set ${device} mtu ${bytes}`),
  });
  if (wireOnly) return;
  await runBatch({
    namespace: plan.routerNamespace,
    lines: [`link set ${subnet.routerLink} mtu ${bytes}`],
  });
  for (const node of members)
    await runBatch({ namespace: node.link.namespace, lines: [`link set eth0 mtu ${bytes}`] });
}

/** One link of the fabric as it is now. */
export interface FabricLink {
  readonly subnet: string;
  readonly cidrs: readonly Cidr[];
  readonly host: string;
  readonly addresses: readonly IpAddress[];
  readonly state: "up" | "down";
  readonly mtu: number;
  readonly lossPercent: number;
}

export async function showFabric(plan: LabPlan): Promise<readonly FabricLink[]> {
  interface Row {
    readonly ifname: string;
    readonly mtu: number;
    readonly flags: readonly string[];
  }
  const ns = plan.fabricNamespace;
  const rows = JSON.parse(await run(["ip", "-n", ns, "-j", "link"])) as Row[];
  const rules = await attempt(["nsenter", `--net=/run/netns/${ns}`, "nft", "list", "ruleset"]);
  return allSubnets(plan).flatMap((subnet) => {
    const link = (host: string, port: string, addresses: readonly IpAddress[]): FabricLink => {
      const row = rows.find((r) => r.ifname === port);
      return {
        subnet: subnet.name,
        cidrs: subnet.networks.map(({ cidr }) => cidr),
        host,
        addresses,
        state: row?.flags.includes("UP") ? "up" : "down",
        mtu: row?.mtu ?? 0,
        lossPercent: parseLoss(rules.stdout, port),
      };
    };
    const hosts = [plan.controlPlane.link, plan.outsideHost.link, ...plan.nodes.map((n) => n.link)];
    return [
      link(
        "router",
        routerPort(subnet),
        subnet.networks.map(({ router }) => router),
      ),
      ...hosts
        .filter((host) => host.subnet.name === subnet.name)
        .map((host) => link(host.port, host.port, host.addresses)),
    ];
  });
}

export function requireCidr(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr) return cidr;
  throw new LabError({
    saw: `"${text}" is no network`,
    wanted: "an address, a slash and a prefix length, host bits zero",
    remedy: "for example: antrea-lab fabric route add 10.244.1.0/24 via node-2",
  });
}

export function requireNode(plan: LabPlan, name: string) {
  return (
    findNode(plan, name) ??
    unknownName(
      "Node",
      name,
      plan.nodes.map((n) => n.name),
    )
  );
}

function requireSubnet(plan: LabPlan, name: string): SubnetPlan {
  const found = plan.subnets.find((subnet) => subnet.name === name);
  return (
    found ??
    unknownName(
      "subnet",
      name,
      plan.subnets.map((s) => s.name),
    )
  );
}

/** The port whose cable a Node or a subnet means. */
function requirePort(plan: LabPlan, target: string): string {
  const subnet = allSubnets(plan).find(({ name }) => name === target);
  if (subnet) return routerPort(subnet);
  const names = [...plan.nodes.map((n) => n.name), ...allSubnets(plan).map((s) => s.name)];
  return findNode(plan, target)?.link.port ?? unknownName("Node or subnet", target, names);
}

function unknownName(kind: string, name: string, names: readonly string[]): never {
  const close = nearest(name, names);
  throw new LabError({
    saw: `No ${kind} of this lab is called "${name}"`,
    wanted: `one of ${names.join(", ")}`,
    remedy: close ? `did you mean ${close}?` : "look with: antrea-lab fabric show",
  });
}
