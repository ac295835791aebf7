import type { NodeView } from "@antrea/api";
import { type Cidr, cidrAddress, cidrContains, prefixLengthOf } from "@antrea/net";
import type { CloudRoute, RouteProvider, WantedRoute } from "./provider.ts";

export interface RoutePlanInput {
  readonly nodes: readonly NodeView[];
  readonly routes: readonly CloudRoute[];
  /** Where Pod CIDRs are cut from. Nothing outside of these is looked at. */
  readonly networks: readonly Cidr[];
  readonly targetOf: RouteProvider["targetOf"];
}

export type RouteStep =
  | { readonly kind: "add"; readonly route: WantedRoute }
  | { readonly kind: "replace"; readonly route: WantedRoute; readonly before: CloudRoute }
  | { readonly kind: "remove"; readonly before: CloudRoute };

export interface RoutePlan {
  /** In order: nobody loses a route before another one has it. */
  readonly steps: readonly RouteStep[];
  /** What no step can mend, each a sentence. */
  readonly problems: readonly string[];
}

/** What is to be done so that the table leads each Pod CIDR to its Node, and none to a Node that is gone. */
export function planRoutes({ nodes, routes, networks, targetOf }: RoutePlanInput): RoutePlan {
  const isPods = (cidr: Cidr) => networks.some((network) => isWithin(cidr, network));
  const there = Map.groupBy(routes, ({ destination }) => destination);
  const steps: RouteStep[] = [];
  const spare: CloudRoute[] = [];
  const problems: string[] = [];
  const wanted = new Set<Cidr>();
  for (const node of nodes.toSorted(byAge))
    for (const destination of node.podCidrs.filter(isPods)) {
      if (wanted.has(destination)) {
        problems.push(`${node.name}: an older Node has its Pod CIDR ${destination} too`);
        continue;
      }
      wanted.add(destination);
      const target = targetOf(node, destination);
      if (target === undefined) {
        problems.push(`${node.name}: ${unknownMachine(node)}`);
        continue;
      }
      const found = there.get(destination) ?? [];
      const ours = found.filter(({ isOurs }) => isOurs);
      const right = found.find((route) => route.target === target);
      const foreign = found.find((route) => !route.isOurs && route.target !== target);
      const before = right ?? ours[0];
      const route = { node: node.name, destination, target };
      if (foreign) problems.push(takenText(node.name, foreign));
      else if (!before) steps.push({ kind: "add", route });
      else if (!right) steps.push({ kind: "replace", before, route });
      // whoever ended between an addition and a removal leaves one too many, and packets go by both
      if (!foreign) spare.push(...ours.filter((one) => one !== before));
    }
  const stale = routes.filter(
    ({ destination, isOurs }) => isOurs && isPods(destination) && !wanted.has(destination),
  );
  return {
    steps: [
      ...steps,
      ...[...spare, ...stale].map((before) => ({ kind: "remove", before }) as const),
    ],
    problems,
  };
}

function isWithin(cidr: Cidr, network: Cidr): boolean {
  return (
    prefixLengthOf(network) <= prefixLengthOf(cidr) && cidrContains(network, cidrAddress(cidr))
  );
}

function byAge(a: NodeView, b: NodeView): number {
  return (a.createdAtMs ?? 0) - (b.createdAtMs ?? 0) || (a.name < b.name ? -1 : 1);
}

function unknownMachine({ providerId }: NodeView): string {
  return providerId === undefined
    ? "its spec.providerID is empty, so the provider does not know the machine"
    : `its spec.providerID ${JSON.stringify(providerId)} is of no machine of this provider`;
}

function takenText(node: string, { destination, target }: CloudRoute): string {
  return `${destination} of ${node} leads to ${target} by a route that somebody else made; remove that`;
}

/** A step in one line. */
export function stepText(step: RouteStep): string {
  if (step.kind === "remove") return `remove ${step.before.destination} via ${step.before.target}`;
  const { destination, target, node } = step.route;
  const instead = step.kind === "replace" ? ` instead of ${step.before.target}` : "";
  return `${step.kind} ${destination} via ${target} (${node})${instead}`;
}
