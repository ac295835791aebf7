import { absurd } from "@antrea/base";
import { cidrOf, formatInterfaceAddress } from "@antrea/net";
import type { NftChange } from "../nft/change.ts";
import type { HostChange } from "./diff.ts";
import { formatRoute } from "./routes.ts";
import type { Link, LinkAddress, Neighbour, Route } from "./state.ts";

/** One thing to do to the kernel. */
export type HostStep =
  | { readonly kind: "create-link" | "set-link" | "remove-link"; readonly link: Link }
  | { readonly kind: "set-sysctl"; readonly path: string; readonly value: string }
  | { readonly kind: "add-address" | "remove-address"; readonly address: LinkAddress }
  | { readonly kind: "set-neighbour" | "remove-neighbour"; readonly neighbour: Neighbour }
  | { readonly kind: "set-route" | "remove-route"; readonly route: Route }
  | { readonly kind: "change-nft"; readonly change: NftChange };

/** A step that rtnetlink or a file does at once; only nftables waits for a program. */
export type SynchronousStep = Exclude<HostStep, { readonly kind: "change-nft" }>;

/**
 * The change as steps in an order in which each finds what it needs and no packet loses its way:
 * links with their sysctls before they come up, then addresses, the filter before the routes that
 * lead packets to it, neighbours before the routes that use them; and last what is left over, routes
 * first. A route that changes is replaced in place, so there is no moment without it.
 */
export function planHost(change: HostChange): readonly HostStep[] {
  const { links, addresses, routes, neighbours, sysctls, nftTables } = change;
  const created = links.add.filter(({ value }) => value.create);
  return [
    ...created.map(({ value: link }) => ({ kind: "create-link", link }) as const),
    ...[...sysctls.add, ...sysctls.modify].map(
      ({ key: path, value }) => ({ kind: "set-sysctl", path, value }) as const,
    ),
    ...[...links.add, ...links.modify].map(
      ({ value: link }) => ({ kind: "set-link", link }) as const,
    ),
    ...planAddresses(addresses),
    ...(isEmptyNft(nftTables) ? [] : [{ kind: "change-nft", change: nftTables } as const]),
    ...[...neighbours.add, ...neighbours.modify].map(
      ({ value: neighbour }) => ({ kind: "set-neighbour", neighbour }) as const,
    ),
    ...[...routes.add, ...routes.modify]
      .map(({ value: route }) => ({ kind: "set-route", route }) as const)
      .sort((a, b) => reach(a.route) - reach(b.route)),
    ...routes.remove.map(({ before: route }) => ({ kind: "remove-route", route }) as const),
    ...neighbours.remove.map(
      ({ before: neighbour }) => ({ kind: "remove-neighbour", neighbour }) as const,
    ),
    ...links.remove.map(({ before: link }) => ({ kind: "remove-link", link }) as const),
  ];
}

/**
 * Linux deletes an IPv4 network's other addresses with its first, so an address that replaces one
 * of its own network comes after it; all others come before anything is taken away.
 */
function planAddresses({ add, modify, remove }: HostChange["addresses"]): readonly HostStep[] {
  const network = ({ device, address, prefixLength }: LinkAddress) =>
    `${device} ${cidrOf(address, prefixLength)}`;
  const wanted = new Set(add.map(({ value }) => network(value)));
  const gone = (entries: typeof remove) =>
    entries.map(({ before: address }) => ({ kind: "remove-address", address }) as const);
  const given = (entries: readonly { readonly value: LinkAddress }[]) =>
    entries.map(({ value: address }) => ({ kind: "add-address", address }) as const);
  return [
    ...gone(remove.filter(({ before }) => wanted.has(network(before)))),
    ...given(add),
    ...modify.flatMap(({ key, before, value }) => [
      ...gone([{ key, before }]),
      ...given([{ value }]),
    ]),
    ...gone(remove.filter(({ before }) => !wanted.has(network(before)))),
  ];
}

/** Direct routes first: the others' next hops are found through them. */
function reach(route: Route): number {
  return route.via === undefined ? 0 : 1;
}

function isEmptyNft({ add, modify, remove }: NftChange): boolean {
  return add.length + modify.length + remove.length === 0;
}

/** The step in the words of ip(8): what a plan prints, and what an error calls it. */
export function formatStep(step: HostStep): string {
  switch (step.kind) {
    case "create-link":
    case "set-link":
    case "remove-link":
      return `link ${step.link.name}`;
    case "set-sysctl":
      return `sysctl ${step.path} = ${step.value}`;
    case "add-address":
    case "remove-address":
      return `address ${formatInterfaceAddress(step.address)} dev ${step.address.device}`;
    case "set-neighbour":
    case "remove-neighbour":
      return `neighbour ${step.neighbour.address} dev ${step.neighbour.device}`;
    case "set-route":
    case "remove-route":
      return `route ${formatRoute(step.route)}`;
    case "change-nft": {
      const { add, modify, remove } = step.change;
      return `nft table ${[...add, ...modify, ...remove].map(({ key }) => key).join(", ")}`;
    }
    default:
      return absurd(step);
  }
}
