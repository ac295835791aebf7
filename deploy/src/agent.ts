import { environment, objectNames, paths } from "@antrea/api";
import { why } from "./commented.ts";
import { componentLabels, componentObject, type Manifest } from "./object.ts";
import {
  configMount,
  configVolume,
  fieldVariable,
  hostFolder,
  image,
  mount,
  noPrivileges,
  onEveryNode,
  ovsProbe,
  ovsRunVolume,
  podDefaults,
} from "./pod.ts";
import { chartValue } from "./values.ts";

const component = objectNames.agent;

/** The agent and what installs the CNI plugin: one Pod on each Node. */
export function agentDaemonSet(): Manifest {
  const podLabels = componentLabels(component);
  const spec = {
    selector: { matchLabels: podLabels },
    updateStrategy: {
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: chartValue("agent.maxUnavailable") },
    },
    template: {
      metadata: {
        annotations: { "kubectl.kubernetes.io/default-container": objectNames.agentContainer },
        labels: podLabels,
      },
      spec: {
        ...podDefaults,
        serviceAccountName: objectNames.agent,
        ...onEveryNode,
        initContainers: [installCni()],
        containers: [agent(), ovs()],
        volumes: volumes(),
      },
    },
  };
  return { ...componentObject("DaemonSet", component), spec } as Manifest;
}

function installCni(): object {
  return {
    name: objectNames.installCniContainer,
    ...image("agentImage"),
    command: ["install-cni"],
    securityContext: noPrivileges([]),
    resources: { requests: { cpu: "100m" } },
    volumeMounts: [
      configMount,
      mount("host-cni-conf", `/host${paths.cniConfigFolder}`),
      mount("host-cni-bin", `/host${paths.cniBinFolder}`),
    ],
  };
}

function agent(): object {
  return {
    name: objectNames.agentContainer,
    ...image("agentImage"),
    command: ["antrea-agent"],
    env: [
      fieldVariable(environment.nodeName, "spec.nodeName"),
      fieldVariable(environment.podName, "metadata.name"),
      fieldVariable(environment.podNamespace, "metadata.namespace"),
    ],
    securityContext: noPrivileges([
      ["NET_ADMIN", "links, addresses, routes, nftables, the bridge's devices"],
      ["NET_RAW", "announces a Pod's address and probes paths, on raw sockets"],
      ["SYS_ADMIN", "enters the network namespaces of Pods, which setns(2) allows to nobody else"],
    ]),
    resources: { requests: { cpu: "200m", memory: "100Mi" } },
    startupProbe: { ...agentProbe, periodSeconds: 2, failureThreshold: 90 },
    readinessProbe: { ...agentProbe, periodSeconds: 10, failureThreshold: 3 },
    livenessProbe: { ...agentProbe, periodSeconds: 30, failureThreshold: 5 },
    volumeMounts: [
      configMount,
      mount("host-run-antrea", paths.runFolder),
      mount("host-run-ovs", paths.ovsRunFolder),
      mount("host-log-antrea", paths.logFolder),
      why("Namespaces that the container runtime makes after this Pod must be seen too.", {
        ...mount("host-netns", "/var/run/netns"),
        mountPropagation: "HostToContainer",
      }),
      why(
        "The container's own /proc/sys cannot be written; this is all of it that the agent writes.",
        {
          ...mount("host-proc-sys-net", "/host/proc/sys/net"),
        },
      ),
    ],
  };
}

/** What antctl gets is answered by the agent itself, over its Unix socket: no TCP port is needed. */
const agentProbe = {
  exec: { command: ["antctl", "get", "agentinfo", "-o", "json"] },
  timeoutSeconds: 10,
};

/**
 * Where people type ovs-vsctl, ovs-ofctl and ovs-appctl, and what keeps the Pod from being ready while
 * Open vSwitch is not. The daemons are of a Pod of their own.
 */
function ovs(): object {
  return {
    name: objectNames.ovsContainer,
    ...image("agentImage"),
    command: ["antrea-ovs", "watch"],
    securityContext: noPrivileges([
      ["NET_ADMIN", "what people look at with ip, nft and conntrack"],
      ["NET_RAW", "tcpdump and ping"],
    ]),
    resources: { requests: { cpu: "10m", memory: "40Mi" } },
    startupProbe: { ...ovsProbe, periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: { ...ovsProbe, periodSeconds: 10, failureThreshold: 3 },
    volumeMounts: [
      configMount,
      mount("host-run-antrea", paths.runFolder),
      mount("host-run-ovs", paths.ovsRunFolder),
      mount("host-log-antrea", paths.logFolder),
    ],
  };
}

function volumes(): readonly object[] {
  return [
    configVolume,
    hostFolder("host-run-antrea", paths.runFolder),
    ovsRunVolume,
    hostFolder("host-log-antrea", paths.logFolder),
    hostFolder("host-cni-conf", paths.cniConfigFolder),
    hostFolder("host-cni-bin", paths.cniBinFolder),
    hostFolder("host-netns", "/var/run/netns"),
    { name: "host-proc-sys-net", hostPath: { path: "/proc/sys/net" } },
  ];
}
