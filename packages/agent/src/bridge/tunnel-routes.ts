import { type ChangeLog, type Realizer, realizer, remembered } from "@antrea/base";
import { type IpAddress, parseIp } from "@antrea/net";
import type { Unixctl, UnixctlCommand } from "@antrea/ovsdb/io";
import { type ThisNode, transportsOf } from "../node/this-node.ts";

/**
 * How the userspace datapath reaches the other end of a tunnel: over which port of the bridge, and
 * by which router. An address of this Node itself, without a router, makes the bridge take tunnels
 * from that port.
 */
export interface TunnelRoute {
  readonly destination: IpAddress;
  readonly device: string;
  readonly via?: IpAddress | undefined;
  /** Where tunnels come from on this way: ovs-vswitchd takes it from the device, once, when told. */
  readonly source?: IpAddress | undefined;
}

/** This Node's ends of tunnels, where the bridge reads the links to other Nodes and takes tunnels from them. */
export function ownTunnelRoutes(
  node: Pick<ThisNode, "hasTunnel" | "isUplinkShared" | "transport" | "links">,
): readonly TunnelRoute[] {
  if (!node.hasTunnel || !node.isUplinkShared) return [];
  return transportsOf(node).flatMap(({ device, addresses }) =>
    addresses.map(({ address }) => ({ destination: address, device })),
  );
}

/**
 * The routes of ovs-vswitchd's own table that are told to it (ADR 20), by owner, and the engine that
 * makes them so. Ours are those to a single address; what people add for prefixes is left alone.
 * `own` gives this Node's ends of tunnels, as they are now.
 */
export function tunnelRouteRealizer(
  control: Unixctl,
  own: () => readonly TunnelRoute[],
  signal: AbortSignal,
  changes?: ChangeLog,
): Realizer<TunnelRoute> {
  const routesIn = remembered(parseTunnelRoutes, 1); // it is the same nearly always
  // one told before this Node's address changed would go on sending from the old one
  const isOwn = ({ source }: TunnelRoute): boolean =>
    source === undefined || own().some(({ destination }) => destination === source);
  return realizer<TunnelRoute>(
    {
      key: ({ destination }) => destination,
      equal: (a, b) => a.device === b.device && a.via === b.via && isOwn(a) && isOwn(b),
      merge: ([first]) => first as TunnelRoute,
      kind: "tunnel route",
      describe: ({ destination, device, via }) =>
        `${destination} dev ${device}${via === undefined ? "" : ` via ${via}`}`,
      changes,
    },
    {
      observe: async (stop) =>
        routesIn(await shownTunnelRoutes(control, { signal: stop.signal ?? signal })),
      async apply({ add, modify, remove }) {
        const commands: UnixctlCommand[] = [
          ...remove.map(({ key }) => ["ovs/route/del", hostPrefix(key)] as const),
          // removing any route makes ovs-vswitchd deaf on its port, until one is added (OVS 3.1, ovs-router.c)
          ...(remove.length > 0 ? own().map(additionOf) : []),
          ...[...add, ...modify].map(({ value }) => additionOf(value)),
        ];
        await control.callAll(commands, { signal });
      },
    },
  );
}

/** The table as ovs-vswitchd prints it, the kernel's routes included. */
export function shownTunnelRoutes(
  control: Unixctl,
  options: { readonly signal: AbortSignal },
): Promise<string> {
  return control.call("ovs/route/show", [], options);
}

/**
 * Tells these routes as if they were new. With a port, ovs-vswitchd forgets the addresses at which it
 * takes tunnels from it, though it goes on to show the routes.
 */
export async function tellTunnelRoutes(
  control: Unixctl,
  routes: readonly TunnelRoute[],
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  if (routes.length > 0) await control.callAll(routes.map(additionOf), { signal });
}

function additionOf({ destination, device, via }: TunnelRoute): UnixctlCommand {
  return ["ovs/route/add", hostPrefix(destination), device, ...(via ? [via] : [])];
}

function hostPrefix(address: string): string {
  return `${address}/${address.includes(":") ? 128 : 32}`;
}

/** What `ovs/route/show` prints of routes to single addresses that it was told (ovs-vswitchd(8)). */
export function parseTunnelRoutes(printed: string): readonly TunnelRoute[] {
  const line =
    /^User: (?<destination>\S+)\/(?:32|128) dev (?<device>\S+)(?: GW (?<via>\S+))? SRC (?<source>\S+)/gm;
  return [...printed.matchAll(line)].flatMap(({ groups = {} }) => {
    const address = (name: string) => parseIp(groups[name] ?? "");
    const [destination, via, source] = [address("destination"), address("via"), address("source")];
    if (!destination || groups["device"] === undefined) return [];
    return [
      { destination, device: groups["device"], ...(via && { via }), ...(source && { source }) },
    ];
  });
}
