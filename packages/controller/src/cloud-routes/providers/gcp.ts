import { createHash } from "node:crypto";
import { gcpInstance } from "@antrea/api";
import { abortable } from "@antrea/base";
import { type Cidr, parseCidr } from "@antrea/net";
import type { CloudRoute, ProviderOptions, RouteProvider, Wait } from "../provider.ts";

/** What is used of the class `RoutesClient` of @google-cloud/compute, whose words these are. */
export interface GcpRouteApi {
  listAsync(request: { readonly project: string }): AsyncIterable<GcpRoute>;
  insert(request: {
    readonly project: string;
    readonly routeResource: GcpRoute;
  }): Promise<GcpAnswer>;
  delete(request: { readonly project: string; readonly route: string }): Promise<GcpAnswer>;
}

/** The same of the class `GlobalOperationsClient`. */
export interface GcpOperationApi {
  /** Answers once the operation is done, and at the latest after two minutes. */
  wait(request: {
    readonly project: string;
    readonly operation: string;
  }): Promise<readonly [GcpOperation, ...unknown[]]>;
}

/** Its type promises a method `promise()`, which what comes does not have. */
type GcpAnswer = readonly [
  { readonly latestResponse: { readonly name?: string | null } },
  ...unknown[],
];

interface GcpOperation {
  readonly status?: string | number | null;
  readonly error?: { readonly errors?: readonly GcpError[] | null } | null;
}

interface GcpError {
  readonly code?: string | null;
  readonly message?: string | null;
}

interface GcpRoute {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly destRange?: string | null;
  readonly network?: string | null;
  readonly nextHopInstance?: string | null;
  readonly nextHopGateway?: string | null;
  readonly nextHopIp?: string | null;
  readonly priority?: number | null;
}

/** By which our routes are known. */
const mark = "antrea: Pods of a Node";

/**
 * Routes of a network, named PROJECT/NETWORK. A route cannot be changed there, so another one of its
 * own name comes first, and the old one goes after it: for a moment there are two. The SDK cannot be
 * interrupted: who stops does not wait for what was asked, and whoever asks again finds what came of it.
 */
export function gcpRoutes(
  api: GcpRouteApi,
  operations: GcpOperationApi,
  { routeTable }: ProviderOptions,
): RouteProvider {
  const [project = "", network = "default"] = routeTable.split("/");
  const networkPath = `projects/${project}/global/networks/${network}`;

  async function list({ signal }: Wait): Promise<readonly CloudRoute[]> {
    const routes: CloudRoute[] = [];
    for await (const route of api.listAsync({ project })) {
      signal.throwIfAborted();
      if (pathOf(route.network) === networkPath) routes.push(...cloudRoute(route));
    }
    return routes;
  }

  async function finish(operation: string, { signal }: Wait): Promise<void> {
    for (;;) {
      const [{ status, error }] = await abortable(operations.wait({ project, operation }), signal);
      const [failure] = error?.errors ?? [];
      if (failure) throw new Error(failure.message ?? failure.code ?? "the operation failed");
      if (status === "DONE") return;
    }
  }

  /** Asks, and waits until it is done. A refusal is none where the table has it so: it was asked before. */
  async function ask(
    request: () => Promise<GcpAnswer>,
    isSo: (routes: readonly CloudRoute[]) => boolean,
    { signal }: Wait,
  ): Promise<void> {
    signal.throwIfAborted();
    try {
      const [{ latestResponse }] = await abortable(request(), signal);
      await finish(latestResponse.name ?? "", { signal });
    } catch (error) {
      signal.throwIfAborted();
      if (!isSo(await list({ signal }))) throw error;
    }
  }

  const remove = (name: string, wait: Wait): Promise<void> =>
    ask(
      () => api.delete({ project, route: name }),
      (routes) => !routes.some((route) => route.name === name),
      wait,
    );

  return {
    list,
    targetOf({ providerId }) {
      const machine = gcpInstance(providerId);
      return (
        machine && `projects/${machine.project}/zones/${machine.zone}/instances/${machine.instance}`
      );
    },
    async put({ destination, target }, before, wait) {
      const name = routeName(destination, target);
      const routeResource = {
        ...{ name, description: mark, destRange: destination, network: networkPath },
        ...{ nextHopInstance: target, priority: 1000 },
      };
      await ask(
        () => api.insert({ project, routeResource }),
        (routes) => routes.some((route) => route.name === name && route.target === target),
        wait,
      );
      if (before?.name && before.name !== name) await remove(before.name, wait);
    },
    async remove({ name }, wait) {
      if (name !== undefined) await remove(name, wait);
    },
  };
}

function cloudRoute(route: GcpRoute): readonly CloudRoute[] {
  const destination = parseCidr(route.destRange ?? "");
  if (!destination) return [];
  const hop = route.nextHopInstance ?? route.nextHopGateway ?? route.nextHopIp;
  const name = route.name ?? undefined;
  return [{ destination, target: pathOf(hop), name, isOurs: route.description === mark }];
}

/** The API gives whole addresses for what it takes as paths. */
function pathOf(resource: string | null | undefined): string {
  return resource?.replace(/^https?:\/\/[^/]+\/(?:compute\/[^/]+\/)?/, "") ?? "another";
}

/** At most 63 letters, digits and hyphens. Another instance, also one that is called the same in another zone, makes another name. */
function routeName(destination: Cidr, target: string): string {
  const hash = createHash("sha256").update(target).digest("hex").slice(0, 12);
  return `antrea-${destination.replaceAll(/[^a-z0-9]+/g, "-")}-${hash}`;
}
