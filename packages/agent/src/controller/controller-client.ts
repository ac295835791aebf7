import { objectNames } from "@antrea/api";
import {
  type Clock,
  errorText,
  type Logger,
  type Service,
  serviceHost,
  taskGroup,
} from "@antrea/base";
import { type ClusterAccess, type KubeClient, resources } from "@antrea/kube";
import { kubeClient, reflector } from "@antrea/kube/io";
import { chooseController, type ControllerEndpoint, controllerEndpoints } from "./endpoints.ts";

export interface ControllerClientDeps {
  /** Of the API server, which tells where controllers are and whom to trust. */
  readonly client: KubeClient;
  /** As whom we come: the token is the same. */
  readonly access: ClusterAccess;
  readonly namespace: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Calls to the controller that leads, found by itself: neither kube-proxy nor DNS need be there. */
export type ControllerClient = Service & Pick<KubeClient, "watch" | "request">;

/** A controller says each 15 s that it is alive; one that is silent this long is not. */
const silenceMs = 50_000;
const requestMs = 10_000;

export function controllerClient(deps: ControllerClientDeps): ControllerClient {
  const { namespace, clock, log } = deps;
  const { service, authorities, authoritiesKey } = objectNames;
  const slices = reflector({
    ...deps,
    resource: resources.endpointSlices,
    project: controllerEndpoints,
    selection: { namespace, labelSelector: `kubernetes.io/service-name=${service}` },
  });
  const trusted = reflector({
    ...deps,
    resource: resources.configMaps,
    project: ({ data }) => data?.[authoritiesKey],
    selection: { namespace, fieldSelector: `metadata.name=${authorities}` },
  });
  const host = serviceHost([slices, trusted], log);
  const tasks = taskGroup();
  const failedAtMs = new Map<string, number>();
  let current:
    | { readonly server: string; readonly ca: string; readonly client: KubeClient }
    | undefined;

  function endpoints(): readonly ControllerEndpoint[] {
    return [...slices.store.values()].flat();
  }

  /** Throws while no controller is known. */
  function choose(): NonNullable<typeof current> {
    const server = chooseController(endpoints(), failedAtMs);
    const ca = trusted.store.get(`${namespace}/${authorities}`);
    if (server === undefined) throw new Error(`Service ${namespace}/${service} has no endpoints`);
    if (!ca)
      throw new Error(`ConfigMap ${namespace}/${authorities} does not say whom to trust yet`);
    if (current?.server === server && current.ca === ca) return current;
    const tls = { ca, serverName: `${service}.${namespace}.svc`, insecure: false };
    const access = { ...deps.access, server, tls, source: `Service ${namespace}/${service}` };
    const userAgent = objectNames.agent;
    current?.client.close(); // whoever is on it comes back to this one
    current = { server, ca, client: kubeClient(access, { log, clock, userAgent }) };
    log.info("Follows a controller", { server });
    return current;
  }

  function failed(server: string): void {
    failedAtMs.set(server, clock.now());
    const known = new Set(endpoints().map((one) => one.server));
    for (const one of failedAtMs.keys()) if (!known.has(one)) failedAtMs.delete(one);
  }

  return {
    name: "controller client",
    async start() {
      // policies begin from a file where the API server is away
      tasks.run("controller client", (signal) => host.start(signal));
    },
    async stop() {
      await tasks.close();
      await host.stop();
      current?.client.close();
    },
    async *watch(resource, query, { signal } = {}) {
      const { server, client } = choose();
      const own = new AbortController();
      const both = AbortSignal.any([own.signal, ...(signal ? [signal] : [])]);
      try {
        const batches = client.watch(resource, query, { signal: both });
        for await (const batch of withoutSilence(batches, clock, own)) {
          if (batch.length > 0) failedAtMs.delete(server);
          yield batch;
        }
      } catch (error) {
        if (!signal?.aborted) failed(server);
        throw error;
      } finally {
        own.abort();
      }
    },
    async request(request, options) {
      const { server, client } = choose();
      try {
        return await client.request(request, { timeoutMs: requestMs, ...options });
      } catch (error) {
        if (!options?.signal?.aborted) failed(server);
        log.debug("The controller did not take a call", { server, err: errorText(error) });
        throw error;
      }
    },
  };
}

/** What `batches` gives; aborts `own` with a reason when it says nothing for too long. */
async function* withoutSilence<T>(
  batches: AsyncIterable<T>,
  clock: Clock,
  own: AbortController,
): AsyncGenerator<T, void, void> {
  let heardMs = clock.now();
  const watching = (async () => {
    for (;;) {
      await clock.sleep(heardMs + silenceMs - clock.now(), { signal: own.signal });
      if (clock.now() - heardMs >= silenceMs)
        own.abort(new Error(`The controller said nothing for ${silenceMs / 1000} s`));
    }
  })();
  watching.catch(() => {}); // ended with the watch
  for await (const batch of batches) {
    heardMs = clock.now();
    yield batch;
  }
}
