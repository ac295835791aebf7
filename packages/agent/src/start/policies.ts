import { paths, ports } from "@antrea/api";
import { systemClock as clock } from "@antrea/base/io";
import { familiesOf } from "@antrea/pipeline";
import { type PodReceipt, type PolicyKind } from "@antrea/policy";
import type { HostWriter } from "../host/host-writer.ts";
import { agentMetrics } from "../metrics.ts";
import type { PodInterface } from "../pods/interface-store.ts";
import { policyFiles } from "../policy/io/policy-files.ts";
import { policyStart } from "../policy/keep-policies.ts";
import { serverAddress } from "../policy/node/lifelines.ts";
import { type NodeGuard, nodeGuard, noNodeGuard } from "../policy/node/node-guard.ts";
import { localPodOf } from "../policy/pod-policies.ts";
import { policyRoom } from "../policy/policy-room.ts";
import type { PolicyStream } from "../policy/receipts.ts";
import { policyReporter } from "../policy/reporter.ts";
import { policySource } from "../policy/source.ts";
import type { Told, ToldMembers } from "../policy/state.ts";
import type { StreamSink } from "../policy/stream-reader.ts";
import { endingsOf } from "./endings.ts";
import { backOff, type Ground } from "./ground.ts";

/** Policies of this Node: what tells of them, what makes them so, what keeps them and what reports. */
export type Policies = ReturnType<typeof policiesOf>;

/** Those that the feature gate AntreaPolicy is about. */
const antreaKinds: readonly PolicyKind[] = ["AntreaClusterNetworkPolicy", "AntreaNetworkPolicy"];

export function policiesOf(ground: Ground, hostSide: HostWriter, isTakenUp: () => boolean) {
  const { config, flows, now, metrics, controller, nodeName, tasks, tellPoliciesKnown } = ground;
  const { datapathSettled } = ground;
  const log = ground.log.child("policy");
  const guard = guardOf(ground, hostSide);
  const room = policyRoom({
    flows,
    guard,
    node: () => ({ families: familiesOf(now().network) }),
    takes: ({ source: { kind } }) =>
      config.featureGates.AntreaPolicy || !antreaKinds.includes(kind),
    onTold: () => start.keeper.changed(),
    onInForce: (uid) => endings.keeper.inForce(uid),
    onChange: (uid) => reporter.changed(uid),
    onConfirmed: (tookMs) => metrics.observe(agentMetrics.policyDuration.name, tookMs / 1000),
    backOff,
    clock,
    log,
  });
  const endings = endingsOf(ground, room, log);
  const start = policyStart({
    room,
    files: policyFiles(paths.policyFolder, log),
    onKnown() {
      tellPoliciesKnown();
      settleAnew({ prune: true });
    },
    clock,
    log,
  });
  const reporter = policyReporter({
    client: controller,
    nodeName,
    realizations: room.realizations,
    datapathSettled,
    backOff,
    clock,
    log,
  });
  function settleAnew(options: { readonly prune: boolean }): void {
    if (!isTakenUp()) return; // which ends with the same
    Promise.all([flows.resync(options), hostSide.resync(options)]).catch((err: unknown) =>
      log.warn("Could not settle what waited for policies", { err }),
    );
  }

  const { state, receipts } = room;
  const source = policySource({
    client: controller,
    nodeName,
    sinks: {
      networkpolicies: {
        ...sinkOf("networkPolicies", state.networkPolicies),
        replace(all) {
          state.networkPolicies.replace(all);
          start.told("networkPolicies");
          reporter.tellAll(); // whoever tells this may know nothing of what is in force here
        },
      },
      addressgroups: groupSink("addressGroups", state.addressGroups),
      appliedtogroups: groupSink("appliedToGroups", state.appliedToGroups),
      podreceipts: {
        replace: receipts.replace,
        put: (receipt: PodReceipt, mark) => mark && receipts.put(receipt, mark),
        remove: receipts.remove,
        reached() {},
      },
    },
    onAbsent() {
      ground.tellNobodyTells();
      settleAnew({ prune: false });
    },
    backOff,
    clock,
    log,
  });

  function sinkOf<T>(stream: PolicyStream, told: Told<T>): StreamSink<T> {
    return {
      replace(objects) {
        told.replace(objects);
        start.told(stream);
      },
      put: (object) => told.put(object),
      remove: (name) => told.remove(name),
      reached: (mark) => receipts.reached(stream, mark),
    };
  }
  function groupSink<T>(stream: PolicyStream, told: ToldMembers<T>): StreamSink<T> {
    return { ...sinkOf(stream, told), patch: ({ name, ...change }) => told.patch(name, change) };
  }

  return {
    room,
    guard,
    source,
    ender: endings.ender,
    /** Tells of what is ended by itself. */
    tellOf: endings.tellOf,
    /** Has policies in force as far as they are known, for these Pods. */
    async takeUp(pods: readonly PodInterface[], options: { readonly signal: AbortSignal }) {
      start.begin(pods.flatMap((pod) => localPodOf(pod) ?? []));
      tasks.run("policies", room.run);
      tasks.run("policy files", start.keeper.run);
      tasks.run("policy streams", source.run);
      tasks.run("policy reports", reporter.run);
      tasks.run("forbidden connections", endings.keeper.run);
      await start.ready(options);
    },
  };
}

/** Who makes policies true that are for this Node itself. */
function guardOf({ config, apiServer, now, log }: Ground, hostSide: HostWriter): NodeGuard {
  const { NodeNetworkPolicy, AntreaPolicy } = config.featureGates;
  if (!NodeNetworkPolicy || !AntreaPolicy) return noNodeGuard;
  const server = serverAddress(apiServer);
  if (!server)
    log.warn("The API server is known by a name: policies for Nodes may cut this one off", {
      server: apiServer,
    });
  return nodeGuard(hostSide, () => ({
    tunnels: now().hostPlan.tunnels,
    ownPorts: [config.apiPort, ports.controllerApi],
    apiServer: server,
  }));
}
