import type { NodeView } from "@antrea/api";
import type { Cidr } from "@antrea/net";

/** A route of the network between Nodes, as its table has it. */
export interface CloudRoute {
  readonly destination: Cidr;
  /** Where it leads, in the provider's words: an instance, an address. */
  readonly target: string;
  /** The table's own name of the route, where routes have names. */
  readonly name?: string | undefined;
  /** Made by us, or by nobody who could miss it. Others are never replaced or removed. */
  readonly isOurs: boolean;
}

export interface WantedRoute {
  readonly node: string;
  readonly destination: Cidr;
  readonly target: string;
}

export interface Wait {
  readonly signal: AbortSignal;
}

/** One table of routes: of a cloud, of the lab's fabric. Rejects with the provider's own sentence. */
export interface RouteProvider {
  /** How the table names what a Node's Pods are behind; undefined where it knows no such machine. */
  targetOf(node: NodeView, destination: Cidr): string | undefined;
  list(options: Wait): Promise<readonly CloudRoute[]>;
  /** Adds a route, in the place of `before` where there is one. To be repeated without harm. */
  put(route: WantedRoute, before: CloudRoute | undefined, options: Wait): Promise<void>;
  remove(route: CloudRoute, options: Wait): Promise<void>;
}

/** What a provider is told of the table to keep: the words of `antrea-controller.conf`. */
export interface ProviderOptions {
  readonly routeTable: string;
}
