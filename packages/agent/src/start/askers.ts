import { paths, ports, servingTls } from "@antrea/api";
import { cniPaths } from "@antrea/api/cni";
import { agentApi, localApiRouter } from "@antrea/api/local-api";
import { localApiServer } from "@antrea/api/local-api/io";
import { serviceHost } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import { ownCertificates } from "@antrea/base/io/certificates";
import { kubeReviewers, secureApi } from "@antrea/kube/io";
import { metricsServer } from "../info/io/metrics-server.ts";
import { apiNames } from "../local-api/api-names.ts";
import { agentHandlers } from "../local-api/handlers.ts";
import { prober } from "../local-api/probe.ts";
import { cniServer } from "../pods/io/cni-server.ts";
import type { Service } from "@antrea/base";
import type { Ground } from "./ground.ts";
import type { Rooms } from "./rooms.ts";

/** All by which others ask this agent: the plugin, the API in TLS, antctl in this Pod, metrics. */
export function askersOf(ground: Ground, rooms: Rooms): Service {
  const { config, log, changes, metrics, client, modeChanges, ovsdb, host, control } = ground;
  const { node, nodes, now, session, flows } = ground;
  const { events, directPaths, history, info, peers, pods, cni, policies } = rooms;
  const readiness = [
    { name: "ovsdb", findProblem: () => (ovsdb.isConnected ? undefined : away("ovsdb-server")) },
    {
      name: "openflow",
      findProblem: () => (session.isConnected ? undefined : away("ovs-vswitchd")),
    },
  ];
  const handlers = agentHandlers({
    paths: {
      measured: directPaths.measured,
      verdict: directPaths.verdict,
      sinceOf: history.sinceOf,
    },
    now,
    modeChanges: () => modeChanges.store.values(),
    changes,
    log,
    info,
    peers: () => peers.status.values(),
    preview: peers.preview,
    pods: pods.all,
    policies: policies.room,
    ender: policies.ender,
    replica: ovsdb.replica,
    observeHost: () => host.observe(),
    stateOf: (name) => nodes.store.get(name)?.state,
    refusedPackets: host.refusedPackets,
    session,
    flows,
    control,
    prober: prober(host.icmpEcho),
  });
  const onFailure = (path: string, error: unknown): void =>
    log.warn("Could not answer a local API request", { path, err: error });
  const tls = servingTls(config);
  return serviceHost(
    [
      events,
      cniServer({
        path: cniPaths.socket,
        answer: cni.answer,
        log: log.child("cni"),
      }),
      secureApi({
        host: undefined, // the Node's addresses change without asking, and a kubelet asks on the loopback
        port: config.apiPort,
        tls,
        certificates: ownCertificates({
          names: apiNames(node.view),
          kind: tls.keyKind,
          clock,
          log: log.child("api"),
        }),
        reviewers: kubeReviewers(client),
        readiness,
        metrics: config.enablePrometheusMetrics ? metrics : undefined,
        answer: localApiRouter(agentApi, handlers, { onFailure, isReadOnly: true }),
        onAuthorities: rooms.tellAuthorities,
        clock,
        log: log.child("api"),
      }),
      ...(config.enablePrometheusMetrics
        ? [metricsServer({ port: ports.agentMetrics, readiness, metrics, log })]
        : []),
      localApiServer({
        socketPath: paths.agentApiSocket,
        answer: localApiRouter(agentApi, handlers, { onFailure }),
        log: log.child("api"),
      }),
    ],
    log,
  );
}

function away(program: string): string {
  return `${program} of this Node does not answer: it is starting anew or has failed`;
}
