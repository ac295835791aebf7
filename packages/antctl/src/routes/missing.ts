import type { NeededRoute } from "@antrea/api/local-api";

/** What one Node found about the routes that its traffic needs. */
export interface RoutesSeen {
  readonly observer: ObserverNode;
  readonly routes: readonly NeededRoute[];
}

/** The Node that looked, with its own Pod CIDRs: answers come back by the routes to these. */
export interface ObserverNode {
  readonly name: string;
  readonly podCIDRs: readonly string[];
  readonly transportIP: string | undefined;
  readonly providerID: string | undefined;
}

/** A route that the network between the Nodes lacks. */
export interface MissingRoute {
  readonly node: string;
  readonly podCIDR: string;
  readonly transportIP: string | undefined;
  readonly providerID: string | undefined;
}

/**
 * The routes that the fabric lacks. One question that stays unanswered can mean the way there or the
 * way back; but an answered one proves both, so both ends of it are cleared. If a question between two
 * cleared ends stays open, the fabric's routers differ, and both are named.
 */
export function missingRoutes(all: readonly RoutesSeen[]): readonly MissingRoute[] {
  const questions = all.flatMap(questionsOf);
  const proven = new Set(questions.filter(({ isAnswered }) => isAnswered).flatMap((q) => q.ends));
  const suspects = questions
    .filter(({ isAnswered }) => !isAnswered)
    .flatMap(({ ends }) => {
      const unproven = ends.filter((cidr) => !proven.has(cidr));
      return unproven.length > 0 ? unproven : ends;
    });
  const ends = endsOf(all);
  return [...new Set(suspects)]
    .flatMap((cidr) => ends.get(cidr) ?? [])
    .toSorted((a, b) => compare(a.node, b.node) || compare(a.podCIDR, b.podCIDR));
}

/** A packet sent over the fabric, and back: the Pod CIDRs whose routes it needs. */
interface Question {
  readonly ends: readonly string[];
  readonly isAnswered: boolean;
}

function questionsOf({ observer, routes }: RoutesSeen): readonly Question[] {
  return routes
    .filter(({ keeper }) => keeper === "fabric")
    .map(({ podCIDR, state }) => ({
      ends: [podCIDR, ...observer.podCIDRs.filter((own) => isSameFamily(own, podCIDR))],
      isAnswered: state === "present",
    }));
}

/** Every Pod CIDR with all that is known of the Node that it leads to. */
function endsOf(all: readonly RoutesSeen[]): Map<string, MissingRoute> {
  const ends = new Map<string, MissingRoute>();
  for (const { routes } of all) {
    for (const { node, podCIDR, transportIP, providerID } of routes) {
      const known = ends.get(podCIDR);
      ends.set(podCIDR, {
        node,
        podCIDR,
        transportIP: known?.transportIP ?? transportIP,
        providerID: known?.providerID ?? providerID,
      });
    }
  }
  for (const { observer } of all) {
    for (const podCIDR of observer.podCIDRs) {
      const known = ends.get(podCIDR);
      ends.set(podCIDR, {
        node: observer.name,
        podCIDR,
        transportIP: [observer.transportIP, known?.transportIP].find(
          (address) => address !== undefined && isSameFamily(address, podCIDR),
        ),
        providerID: observer.providerID ?? known?.providerID,
      });
    }
  }
  return ends;
}

function isSameFamily(a: string, b: string): boolean {
  return a.includes(":") === b.includes(":");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
