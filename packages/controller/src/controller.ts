import { type ControllerConfig, environment, objectNames, servingTls } from "@antrea/api";
import { controllerApi, localApiRouter } from "@antrea/api/local-api";
import { localApiServer } from "@antrea/api/local-api/io";
import { type Clock, type Logger, type Metrics, type Service, serviceHost } from "@antrea/base";
import {
  collectOwnHeapAtRest,
  defineProcessMetrics,
  prometheusMetrics,
  type RootLogger,
} from "@antrea/base/io";
import { fileCertificates, ownCertificates } from "@antrea/base/io/certificates";
import { apiMetrics, type KubeClient } from "@antrea/kube";
import {
  eventRecorder,
  kubeReviewers,
  type LeaderElection,
  leaderElection,
  secureApi,
} from "@antrea/kube/io";
import { admission } from "./admission/service.ts";
import { apiNames } from "./authorities/api-names.ts";
import { frontProxySource } from "./authorities/front-proxy-source.ts";
import { authoritiesPublisher } from "./authorities/publisher.ts";
import { apiServices, webhookTrusters } from "./authorities/trusters.ts";
import type { RouteProvider } from "./cloud-routes/provider.ts";
import { controlplaneApi } from "./controlplane/api.ts";
import { apiLimits, gateLimits } from "./controlplane/limits.ts";
import type { Identity } from "./controller-info/status.ts";
import { ipamApi } from "./io/ipam-api.ts";
import { keptKnowledge, knowledge } from "./knowledge.ts";
import { type Leadership, lead } from "./leader.ts";
import { controllerHandlers } from "./local-api/handlers.ts";
import { metricDefinitions, policyRealization } from "./metrics.ts";

export interface ControllerOptions {
  readonly config: ControllerConfig;
  readonly client: KubeClient;
  readonly log: RootLogger;
  readonly clock: Clock;
  readonly random: () => number;
  readonly routeProvider?: RouteProvider | undefined;
  /** The process's environment, as the manifest sets it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Tells this process from another one under the same Pod name. */
  readonly incarnation: string;
  readonly socketPath: string;
  /** Where the certificate of the API is, unless `selfSignedCert`. */
  readonly tlsFolder: string;
}

/** The whole program: everything that it is made of, in the order in which it starts. */
export function controller(options: ControllerOptions): Service & { readonly apiPort: number } {
  const { config, client, log, clock, random, env, incarnation } = options;
  const identity = identityOf(env);
  const events = eventRecorder({
    client,
    source: { component: objectNames.controller, host: identity.nodeName },
    log,
    clock,
  });
  const note = events.record;
  const reviews = admission({
    ...{ config, client, clock },
    namespace: identity.podNamespace,
    log: log.child("admission"),
  });
  const { tiers, watched } = reviews;
  const { routeProvider } = options;
  const metrics = config.enablePrometheusMetrics
    ? controllerMetrics(() => ({ isLeader: election.isLeader, leadership }))
    : undefined;
  const leader = {
    ...{ config, identity, client, ipamApi: ipamApi(client), tiers, routeProvider },
    ...{ note, random, clock, log },
  };
  const known = keptKnowledge(
    (term) =>
      knowledge({
        ...{ config, identity, client, watched, random, clock, log },
        counter: `${incarnation}-${term}`,
        onConfirmed: (tookMs) => metrics?.observe(policyRealization.name, tookMs / 1000),
      }),
    { clock },
  );

  let leadership: Leadership | undefined;
  const election = leaderElection({
    client,
    lease: { namespace: identity.podNamespace, name: objectNames.controllerLease },
    identity: `${identity.podName}_${incarnation}`,
    async lead(signal, { isUnbroken }) {
      const withdraw = () => void (leadership = undefined);
      signal.addEventListener("abort", withdraw, { once: true }); // before anything is taken down
      try {
        const knows = await known.open(isUnbroken);
        await lead(leader, knows, (ready) => void (leadership = ready), signal);
      } catch (error) {
        withdraw();
        if (!signal.aborted) await known.close(); // what went wrong is not gone on with
        throw error;
      } finally {
        withdraw();
        known.put();
      }
    },
    log,
    clock,
  });

  const handlers = controllerHandlers({
    config,
    log,
    info: () => leadership?.info(),
    policies: () => leadership?.policies()?.computation,
    leader: () => election.holder,
  });
  const onFailure = (path: string, error: unknown): void =>
    log.warn("Could not answer on the local API", { path, err: error });
  const localApi = localApiServer({
    socketPath: options.socketPath,
    answer: localApiRouter(controllerApi, handlers, { onFailure }),
    log,
  });

  const { podIp } = environment;
  const tls = servingTls(config);
  const ownSource = { names: apiNames(identity, env[podIp]), kind: tls.keyKind, clock, log };
  const authorities = authoritiesPublisher({
    client,
    namespace: identity.podNamespace,
    isShared: config.selfSignedCert,
    trusters: [...apiServices, ...webhookTrusters],
    clock,
    log: log.child("authorities"),
  });
  const frontProxy = frontProxySource({ client, clock, log: log.child("front-proxy") });
  const api = secureApi({
    host: env[podIp],
    port: config.apiPort,
    tls,
    certificates: config.selfSignedCert
      ? ownCertificates(ownSource)
      : fileCertificates({ folder: options.tlsFolder, clock, log }),
    reviewers: kubeReviewers(client),
    readiness: [
      {
        name: "leader-known",
        findProblem: () =>
          election.holder === undefined ? "It is not known yet who leads" : undefined,
      },
      {
        name: "cluster-known",
        findProblem: () =>
          election.isLeader && !leadership ? "The leader does not know the cluster yet" : undefined,
      },
    ],
    metrics,
    objects: controlplaneApi({
      current: () => leadership?.policies(),
      absence: () => absence(election),
      agentUser: `system:serviceaccount:${identity.podNamespace}:${objectNames.agent}`,
      clock,
    }),
    frontProxy: frontProxy.current,
    limits: apiLimits,
    gateLimits,
    answer: localApiRouter(controllerApi, handlers, { onFailure, isReadOnly: true }),
    open: reviews.webhooks,
    onAuthorities: authorities.tell,
    clock,
    log: log.child("api"),
  });

  const whatIsKnown: Service = {
    name: "knowledge of the cluster",
    start: () => Promise.resolve(),
    stop: known.close,
  };
  const unusedMemory = heapService({ metrics, clock, log: log.child("memory") });
  const host = serviceHost(
    [frontProxy, reviews, api, authorities, localApi, events, whatIsKnown, election, unusedMemory],
    log,
  );
  return {
    ...host,
    get apiPort() {
      return api.port;
    },
  };
}

/** Memory that nobody uses is given back at rest. */
function heapService(deps: {
  readonly metrics: Metrics | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}): Service {
  const end = new AbortController();
  return {
    name: "unused memory",
    async start() {
      void collectOwnHeapAtRest({ ...deps, signal: end.signal });
    },
    async stop() {
      end.abort();
    },
  };
}

function absence({ isLeader, holder }: Pick<LeaderElection, "isLeader" | "holder">): string {
  if (isLeader) return "The policies of the cluster are not computed yet; ask again in a moment";
  return `This controller stands by; ${holder ? `${holder} leads, ask that one` : "nobody leads yet"}`;
}

function identityOf(env: ControllerOptions["env"]): Identity {
  return {
    nodeName: env[environment.nodeName] ?? "",
    podName: env[environment.podName] ?? objectNames.controller,
    podNamespace: env[environment.podNamespace] ?? objectNames.namespace,
  };
}

/** The numbers, read at each scrape. */
function controllerMetrics(
  read: () => { readonly isLeader: boolean; readonly leadership: Leadership | undefined },
): Metrics {
  const metrics = prometheusMetrics();
  metrics.define(...metricDefinitions, ...Object.values(apiMetrics));
  defineProcessMetrics(metrics);
  metrics.onScrape(() => {
    const { isLeader, leadership } = read();
    metrics.set("antrea_controller_leader", isLeader ? 1 : 0);
    metrics.set("antrea_controller_connected_agents", leadership?.connectedAgents() ?? 0);
    const policies = leadership?.policies();
    const counts = policies?.computation.counts();
    metrics.set("antrea_controller_watchers", policies?.dissemination.watcherCount ?? 0);
    metrics.set("antrea_controller_network_policies", counts?.networkPolicies ?? 0);
    metrics.set("antrea_controller_address_groups", counts?.addressGroups ?? 0);
    metrics.set("antrea_controller_applied_to_groups", counts?.appliedToGroups ?? 0);
    metrics.set("antrea_controller_node_ipam_waiting_nodes", leadership?.ipam?.waiting.size ?? 0);
    const tables = (leadership?.ipam?.state.tables ?? []).map(({ pool, size, freeCount }) => ({
      labels: { network: pool.network },
      size,
      freeCount,
    }));
    metrics.replace(
      "antrea_controller_node_ipam_blocks",
      tables.map(({ labels, size }) => ({ labels, value: size })),
    );
    metrics.replace(
      "antrea_controller_node_ipam_free_blocks",
      tables.map(({ labels, freeCount }) => ({ labels, value: freeCount })),
    );
  });
  return metrics;
}
