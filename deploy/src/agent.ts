import { environment, objectNames, paths, ports } from "@antrea/api";
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
  ovsRunVolume,
  podDefaults,
} from "./pod.ts";
import { chartValue, configChecksum } from "./values.ts";

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
        annotations: {
          "kubectl.kubernetes.io/default-container": objectNames.agentContainer,
          "checksum/config": configChecksum,
        },
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
    ports: [{ name: "api", containerPort: ports.agentApi, protocol: "TCP" }],
    securityContext: noPrivileges([
      ["NET_ADMIN", "links, addresses, routes, nftables, the bridge's devices"],
      ["NET_RAW", "announces a Pod's address and probes paths, on raw sockets"],
      [
        "SYS_ADMIN",
        "enters the network namespaces of Pods and opens their sysfs, which setns(2) and fsopen(2) allow to nobody else",
      ],
    ]),
    resources: { requests: { cpu: "200m", memory: "100Mi" } },
    startupProbe: { ...probe("/livez"), periodSeconds: 1, failureThreshold: 180 },
    readinessProbe: { ...probe("/readyz"), periodSeconds: 10, failureThreshold: 3 },
    livenessProbe: { ...probe("/livez"), periodSeconds: 30, failureThreshold: 5 },
    volumeMounts: [
      configMount,
      mount("host-run-antrea", paths.runFolder),
      mount("host-run-ovs", paths.ovsRunFolder),
      mount("host-log-antrea", paths.logFolder),
      why("Namespaces that the container runtime makes after this Pod must be seen too.", {
        ...mount("host-netns", "/var/run/netns"),
        mountPropagation: "HostToContainer",
      }),
      why("The same folder by the name that podman uses.", {
        ...mount("host-netns", "/run/netns"),
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

/** Asked of the Node's loopback address, since the Pod is on the Node's network. A program to ask would cost more than the agent at rest. */
function probe(path: string): object {
  return {
    httpGet: { host: "127.0.0.1", path, port: "api", scheme: "HTTPS" },
    timeoutSeconds: 5,
  };
}

/** Where people type ovs-vsctl, ovs-ofctl and ovs-appctl. The daemons are of a Pod of their own. */
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
