import { randomBytes } from "node:crypto";
import { parseNode, paths, type NodeView } from "@antrea/api";
import { agentApi, localApiRouter } from "@antrea/api/local-api";
import { localApiServer } from "@antrea/api/local-api/io";
import { cniPaths } from "@antrea/api/cni";
import {
  errorText,
  exponentialBackOff,
  invariant,
  type Logger,
  reconcileWorker,
  serviceHost,
  taskGroup,
} from "@antrea/base";
import { type RootLogger, systemClock } from "@antrea/base/io";
import { kubeClient, loadKubeConfig, reflector } from "@antrea/kube/io";
import { resources } from "@antrea/kube";
import { hostNetwork } from "@antrea/linux/io";
import {
  bridgeTables,
  type InterfaceRow,
  openVSwitchTable,
  portTable,
  portWriter,
} from "@antrea/ovsdb";
import { ofPort, type OfPort } from "@antrea/net";
import { daemonControl, ovsdbClient } from "@antrea/ovsdb/io";
import { flowKey } from "@antrea/openflow/flow";
import {
  compileNode,
  type NodeIdentity,
  nodeOwner,
  type NodeNetwork,
  podMtu,
  tableNames,
} from "@antrea/pipeline";
import {
  desiredBridge,
  hasTunnelPort,
  isOurs,
  isUplinkShared,
  tunnelPortName,
  tunnelUdpPort,
} from "./bridge/desired-bridge.ts";
import {
  gatewayMac,
  type OpenPort,
  podPortsToKeep,
  portRecords,
  setUpBridge,
} from "./bridge/bridge-setup.ts";
import { flowRealizer } from "./bridge/flow-realizer.ts";
import { openSwitch } from "./bridge/io/open-switch.ts";
import { switchLink } from "./bridge/switch-link.ts";
import { compileHost, type HostPlan } from "./host/desired-host.ts";
import { hostWriter } from "./host/host-writer.ts";
import { agentInfo } from "./info/agent-info.ts";
import { infoPublisher } from "./info/publisher.ts";
import { agentHandlers } from "./local-api/handlers.ts";
import { prober } from "./local-api/probe.ts";
import { chooseDatapath, discoverTransport, gatewayAddresses } from "./node/discovery.ts";
import type { AgentEnvironment } from "./node/io/environment.ts";
import { publishTransport } from "./node/publish-transport.ts";
import { identityOf, ownIdentity } from "./node/self.ts";
import { cniDispatcher } from "./pods/cni-dispatcher.ts";
import { parsePodPort, type PodInterface, podKey } from "./pods/interface-store.ts";
import { ipam } from "./pods/ipam.ts";
import { cniServer, forgetPendingDel, readPendingDels } from "./pods/io/cni-server.ts";
import { podLinks } from "./pods/io/pod-links.ts";
import { podNetwork } from "./pods/pod-network.ts";
import { takeUpPods } from "./pods/start-up.ts";
import { neighbourTable } from "./routes/neighbour-table.ts";
import { neighboursOf } from "./routes/peers.ts";
import { peerReconciler, type PeerStatus } from "./routes/reconciler.ts";

export interface RunningAgent {
  /** Rejects when the agent cannot go on; the container is then started anew, which is a diff. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

const userAgent = "antrea-agent";
/** How often the switch and the host are compared with what they should be, in milliseconds. */
const driftTickMs = 4_000;

/**
 * The object graph of the agent, in start order: clients, then what this Node is, then the bridge and
 * the host's side of it, then the rooms that keep Pods and peers on it. Resolves when Pods can be
 * connected.
 */
export async function startAgent(
  env: AgentEnvironment,
  log: RootLogger,
  signal: AbortSignal,
): Promise<RunningAgent> {
  const { config, nodeName } = env;
  const clock = systemClock;
  const tasks = taskGroup();
  const backOff = exponentialBackOff({ firstMs: 100, maxMs: 5_000, random: Math.random });

  // clients
  const access = await loadKubeConfig(
    config.kubeAPIServerOverride === ""
      ? {}
      : { kubeAPIServerOverride: config.kubeAPIServerOverride },
  );
  const client = kubeClient(access, { log: log.child("kube"), clock, userAgent });
  const nodes = reflector({
    client,
    resource: resources.nodes,
    project: (object) => projectNode(object, log),
    log: log.child("nodes"),
    clock,
  });
  const ovsdb = ovsdbClient({
    path: `${config.ovsRunDir}/db.sock`,
    tables: bridgeTables,
    log,
    clock,
    backOff,
  });
  const clients = serviceHost([nodes, ovsdb], log);
  await clients.start(signal);

  // this Node
  const view = await nodes.store.waitFor(() => withPodCidr(nodes.store.get(nodeName), log), {
    signal,
  });
  const host = hostNetwork();
  const transport = discoverTransport(await host.observe(), view, config);
  const local = ownIdentity(view, transport.addresses);
  const offered = ovsdb.replica.findOnly(openVSwitchTable)?.datapath_types ?? new Set<string>();
  const datapath = chooseDatapath(config.ovsDatapathType, offered);
  if (datapath.warning) log.warn("Datapath is not the one asked for", { err: datapath.warning });
  const isShared = isUplinkShared(config, datapath.type);
  const hasTunnel = hasTunnelPort(config, datapath.type);
  log.info("Found this Node", {
    node: nodeName,
    podCidrs: view.podCidrs,
    transport: transport.device,
    mtu: transport.mtu,
    mode: config.trafficEncapMode,
    datapath: datapath.type,
  });

  // the bridge
  const desired = desiredBridge({
    config,
    gatewayMac: gatewayMac(ovsdb.replica, config.hostGateway, randomBytes),
    transportDevice: transport.device,
    datapathType: datapath.type,
    podPorts: podPortsToKeep(ovsdb.replica, config.ovsBridge),
  });
  const fixed = [
    config.hostGateway,
    ...(hasTunnel ? [tunnelPortName] : []),
    ...(isShared ? [transport.device] : []),
  ];
  const opened = await setUpBridge(ovsdb, desired, fixed, { signal, log: log.child("bridge") });
  const gateway = requirePort(opened, config.hostGateway);
  const tunnelPort = opened.get(tunnelPortName);
  const uplinkPort = opened.get(transport.device);
  const udpPort = tunnelUdpPort(config);
  const network: NodeNetwork = {
    podCidrs: view.podCidrs,
    gateway: { ...gateway, addresses: gatewayAddresses(view.podCidrs) },
    tunnel: tunnelPort && { type: config.tunnelType, ofPort: tunnelPort.ofPort, udpPort },
    uplink: uplinkPort && {
      ofPort: uplinkPort.ofPort,
      mac: transport.mac,
      addresses: transport.addresses,
    },
  };
  const mtu = podMtu({
    mode: config.trafficEncapMode,
    tunnelType: config.tunnelType,
    transportFamily: "ipv4",
    transportMtu: transport.mtu,
    configuredMtu: config.defaultMTU,
  });

  // the host's side
  const hostPlan: HostPlan = {
    gateway: { device: config.hostGateway, addresses: network.gateway.addresses, mtu },
    transport,
    podCidrs: view.podCidrs,
    tunnel: hasTunnel ? { type: config.tunnelType, udpPort } : undefined,
    isUplinkShared: isShared,
    masquerade: !config.noSNAT,
    randomPorts: config.snatFullyRandomPorts,
  };
  const hostSide = hostWriter({ network: host, ownDevices: [config.hostGateway] });
  // the userspace datapath passes unfinished checksums on as they are
  const disableTxChecksum =
    config.disableTXChecksumOffload || (datapath.type === "netdev" && !config.userspaceTSO);
  if (disableTxChecksum)
    for (const device of [config.hostGateway, ...(isShared ? [transport.device] : [])])
      host.setOffload(device, { tx: false });
  await hostSide.realize(nodeOwner, compileHost(hostPlan, []));

  // flows
  const session = switchLink({
    connect: (stop) =>
      openSwitch({
        path: `${config.ovsRunDir}/${config.ovsBridge}.mgmt`,
        log: log.child("openflow"),
        clock,
        signal: stop,
      }),
    onReconnected: async (stop) => void (await flows.resync({ signal: stop })),
    backOff,
    clock,
    log: log.child("openflow"),
  });
  const flows = flowRealizer(session);
  await session.start(signal);

  // what is told of all this
  const podsNow = (): readonly PodInterface[] =>
    portRecords(ovsdb.replica, config.ovsBridge).flatMap((port) => parsePodPort(port) ?? []);
  const peers = new Map<string, PeerStatus>();
  const info = async (stop: AbortSignal) => {
    const counted = await (await session.connection({ signal: stop })).dumpFlows({ signal: stop });
    const counts: Record<string, number> = {};
    for (const { table } of counted) {
      const name = tableNames.get(table) ?? String(table);
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return agentInfo({
      config,
      nodeName,
      podName: env.podName,
      podNamespace: env.podNamespace,
      podCidrs: view.podCidrs,
      ovsVersion: ovsdb.replica.findOnly(openVSwitchTable)?.ovs_version,
      datapathType: datapath.type,
      flowCounts: counts,
      podCount: podsNow().length,
      transport,
      gatewayAddresses: network.gateway.addresses.map(({ address }) => address),
      podMtu: mtu,
      hasTunnel,
      isUplinkShared: isShared,
      peers: peers.values(),
      isOvsdbConnected: ovsdb.isConnected,
      isSwitchConnected: session.isConnected,
      isApiConnected: nodes.health.isConnected,
      inactiveOptions: env.notActive.map(({ key }) => key),
      wallTime: clock.wallTime(),
    });
  };
  const publisher = infoPublisher({ client, nodeName, info, clock, log: log.child("info") });

  // peers
  const neighbours = neighbourTable();
  const peerRoom = reconcileWorker(
    peerReconciler({
      find: (name) => (name === nodeName ? undefined : peerIdentity(nodes.store.get(name))),
      context: () => ({
        mode: config.trafficEncapMode,
        local,
        transportDevice: transport.device,
        resolve: (address) => host.resolveRoute(address),
      }),
      node: () => network,
      host: () => hostPlan,
      macOf: neighbours.macOf,
      flows,
      hostWriter: hostSide,
      peers,
      onPathsChanged: () => publisher.changed(),
      log: log.child("peers"),
    }),
    { backOff, clock, log: log.child("peers"), concurrency: 16 },
  );
  host.watch(
    (event) => {
      if (event.kind === "resync") return void observeNeighbours();
      if (event.kind !== "neighbour" || !neighbours.update(event.neighbour)) return;
      for (const [name, { plan }] of peers)
        if (neighboursOf(plan).some((hop) => hop.address === event.neighbour.address))
          peerRoom.add(name);
    },
    { signal: tasks.signal, kinds: ["neighbour"] },
  );
  const observeNeighbours = async (): Promise<void> => {
    const { neighbours: all } = await host.observe();
    for (const entry of all.values()) neighbours.update(entry);
    for (const name of peers.keys()) peerRoom.add(name);
  };
  await observeNeighbours();

  // Pods
  const ports = portWriter({
    client: ovsdb,
    bridge: config.ovsBridge,
    owns: isOurs,
    signal: tasks.signal,
  });
  const links = podLinks(host, { isIsolated: datapath.type === "netdev" });
  const pods = podNetwork({
    links,
    flows,
    ipam: ipam(view.podCidrs),
    ports: {
      all: podsNow,
      add: async (name, port, options) => ofPortOf(await ports.add(name, port, options)),
      remove: (name, options) => ports.remove(name, options),
    },
    node: () => ({ network, podCidrs: view.podCidrs, mtu, disableTxChecksum }),
    randomBytes,
    log: log.child("pods"),
  });

  // what is there already is taken up, and only then is what is left over removed
  await flows.realize(nodeOwner, compileNode(network));
  const pending = await readPendingDels(cniPaths.pendingDelDir, log);
  await takeUpPods(
    { network: pods, pods: podsNow, hasLink: links.exists, log: log.child("pods") },
    pending,
    { signal },
  );
  for (const done of pending) await forgetPendingDel(done);
  tasks.run("peers", peerRoom.run);
  nodes.store.onChange((name, before, after) => {
    if (name === nodeName) checkSelf(before, after);
    else peerRoom.add(name);
  });
  await peerRoom.idle();
  const leftOver = await flows.resync({ prune: true, signal });
  const hostLeftOver = await hostSide.resync({ prune: true });
  log.info("Compared with what was there", {
    flowsAdded: leftOver.add.length,
    flowsModified: leftOver.modify.length,
    flowsRemoved: leftOver.remove.length,
    routesRemoved: hostLeftOver.routes.remove.length,
  });

  const probe = prober(host.icmpEcho);
  const control = daemonControl(config.ovsRunDir, "ovs-vswitchd");
  const portUuid = (name: string): string =>
    ovsdb.replica.findBy(portTable, "name", name)?.uuid ?? "";

  const rest = serviceHost(
    [
      cniServer({
        path: cniPaths.socket,
        log: log.child("cni"),
        answer: cniDispatcher({
          network: pods,
          pods: podsNow,
          notReady: () =>
            session.isConnected && ovsdb.isConnected
              ? undefined
              : "Open vSwitch of this Node is not connected; it is being restarted or has failed.",
          onCall: () => publisher.changed(),
          now: clock.now,
          log: log.child("cni"),
        }),
      }),
      localApiServer({
        socketPath: paths.agentApiSocket,
        log: log.child("api"),
        answer: localApiRouter(
          agentApi,
          agentHandlers({
            config,
            log,
            info,
            self: () => ({
              name: nodeName,
              podCidrs: view.podCidrs,
              transportIp: transport.addresses[0]?.address,
              mtu,
            }),
            peers: () => peers.values(),
            pathMtu: () => mtu,
            pods: podsNow,
            portUuid,
            flows: async (stop) =>
              (await session.connection({ signal: stop })).dumpCounted({ signal: stop }),
            groups: async (stop) =>
              (await session.connection({ signal: stop })).dumpGroups({ signal: stop }),
            ownerOf: (flow) => flows.ownersOf(flowKey(flow))[0],
            trace: (packet, stop) =>
              control.call("ofproto/trace", [config.ovsBridge, packet], { signal: stop }),
            ports: () => portNames(),
            prober: probe,
            gatewayMac: () => gateway.mac,
            transportDevice: () => transport.device,
          }),
          {
            onFailure: (path, error) =>
              log.warn("Could not answer local API request", { path, err: error }),
          },
        ),
      }),
    ],
    log,
  );
  await rest.start(signal);
  tasks.run("AntreaAgentInfo", publisher.run);
  tasks.run("transport annotation", (stop) => publishUntilDone(stop));
  tasks.run("drift", (stop) => watchDrift(stop));
  log.info("Ready to connect Pods", { node: nodeName, peers: peers.size, pods: podsNow().length });

  return {
    failed: tasks.failed,
    async stop() {
      await rest.stop();
      await tasks.close();
      await session.stop();
      await clients.stop();
      client.close();
    },
  };

  function portNames(): Readonly<Record<string, string>> {
    const names: Record<string, string> = { [gateway.ofPort]: "gateway" };
    if (tunnelPort) names[tunnelPort.ofPort] = "tunnel";
    if (uplinkPort) names[uplinkPort.ofPort] = "uplink";
    for (const pod of podsNow())
      if (pod.ofPort !== undefined) names[pod.ofPort] = `pod ${podKey(pod)}`;
    return names;
  }

  /** What this agent was built on does not change under it: it starts anew, and the start is a diff. */
  function checkSelf(before: NodeView | undefined, after: NodeView | undefined): void {
    if (!before || !after || after.podCidrs.join() === view.podCidrs.join()) return;
    tasks.run("own Pod CIDR", () =>
      Promise.reject(
        new Error(
          `The Pod CIDR of this Node changed from ${view.podCidrs.join(", ")} to ${after.podCidrs.join(", ")}`,
        ),
      ),
    );
  }

  async function publishUntilDone(stop: AbortSignal): Promise<void> {
    const isChosen = config.transportInterface !== "" || config.transportInterfaceCIDRs.length > 0;
    for (let attempt = 1; !stop.aborted; attempt++) {
      try {
        return await publishTransport(client, nodeName, transport.addresses, {
          isChosen,
          mac: transport.mac,
          signal: stop,
        });
      } catch (error) {
        log.warn("Could not publish transport addresses, will retry", { err: errorText(error) });
        await clock.sleep(backOff.delayMs(attempt), { signal: stop });
      }
    }
  }

  /** Puts back what others changed: looks at a slow tick. */
  async function watchDrift(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await clock.sleep(driftTickMs, { signal: stop });
      try {
        const change = await flows.resync({ signal: stop });
        const changes = change.add.length + change.modify.length + change.remove.length;
        if (changes > 0)
          log.warn("Put back flows that were changed by others", {
            added: change.add.length,
            modified: change.modify.length,
            removed: change.remove.length,
          });
        await hostSide.resync();
      } catch (error) {
        if (!stop.aborted)
          log.warn("Could not compare with what should be, will retry", { err: errorText(error) });
      }
    }
  }
}

/** The edge where Node objects come in: what they say that cannot be believed is told once a change. */
function projectNode(object: unknown, log: Logger): NodeView | undefined {
  const parsed = parseNode(object);
  for (const problem of parsed?.problems ?? [])
    log.warn("Refused what a Node says of itself", { err: problem });
  return parsed?.node;
}

function withPodCidr(view: NodeView | undefined, log: Logger): NodeView | undefined {
  if (view && view.podCidrs.length > 0) return view;
  log.info(
    "Waiting for a Pod CIDR of this Node; antrea-controller gives it (nodeIPAM), or kube-controller-manager (--allocate-node-cidrs)",
  );
  return undefined;
}

/** A peer without Pod CIDR has nothing to be reached yet. */
function peerIdentity(view: NodeView | undefined): NodeIdentity | undefined {
  return view && view.podCidrs.length > 0 ? identityOf(view) : undefined;
}

function requirePort(ports: ReadonlyMap<string, OpenPort>, name: string): OpenPort {
  const port = ports.get(name);
  invariant(port, `port ${name} is open`);
  return port;
}

function ofPortOf(row: InterfaceRow): OfPort {
  invariant(row.ofport !== undefined && row.ofport > 0, `port ${row.name} has a number`);
  return ofPort(row.ofport);
}
