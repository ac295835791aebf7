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
  podDefaults,
} from "./pod.ts";
import { chartValue } from "./values.ts";

const component = objectNames.agent;

/** Seconds that the agent and Open vSwitch get to end in order; they need two. */
const GRACE_SECONDS = 30;

/** The agent, Open vSwitch, and what installs the CNI plugin: one Pod on each Node. */
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
        priorityClassName: "system-node-critical",
        terminationGracePeriodSeconds: GRACE_SECONDS,
        tolerations: [
          why(
            "A Node without its network is tainted; who brings the network must come all the same.",
            {
              operator: "Exists",
            },
          ),
        ],
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

function ovs(): object {
  const probe = { exec: { command: ["antrea-ovs", "status"] }, timeoutSeconds: 10 };
  return {
    name: objectNames.ovsContainer,
    ...image("agentImage"),
    command: [
      "antrea-ovs",
      "run",
      "--hostname",
      `$(${environment.nodeName})`,
      "--config",
      paths.agentConfigFile,
    ],
    env: [fieldVariable(environment.nodeName, "spec.nodeName")],
    securityContext: noPrivileges([
      ["NET_ADMIN", "datapaths and their ports"],
      ["NET_RAW", "reads and sends frames on ports of the user-space datapath"],
      ["SYS_NICE", "priority of the threads that poll ports"],
      [
        "SYS_PTRACE",
        "widens the receive buffers of ovs-vswitchd, whose packets wait there; sees this container's processes alone",
      ],
    ]),
    resources: { requests: { cpu: "200m", memory: "100Mi" } },
    startupProbe: { ...probe, periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
    volumeMounts: [
      configMount,
      mount("host-run-antrea", paths.runFolder),
      mount("host-run-ovs", paths.ovsRunFolder),
      mount("host-log-antrea", paths.logFolder),
      mount("host-tun", "/dev/net/tun"),
      why("Which modules the kernel has, for the choice between system and netdev.", {
        ...mount("host-modules", "/lib/modules"),
        readOnly: true,
      }),
    ],
  };
}

function volumes(): readonly object[] {
  return [
    configVolume,
    hostFolder("host-run-antrea", paths.runFolder),
    why("Apart from an Open vSwitch that the machine may have of its own.", {
      ...hostFolder("host-run-ovs", `${paths.runFolder}/openvswitch`),
    }),
    hostFolder("host-log-antrea", paths.logFolder),
    hostFolder("host-cni-conf", paths.cniConfigFolder),
    hostFolder("host-cni-bin", paths.cniBinFolder),
    hostFolder("host-netns", "/var/run/netns"),
    { name: "host-proc-sys-net", hostPath: { path: "/proc/sys/net" } },
    { name: "host-tun", hostPath: { path: "/dev/net/tun", type: "CharDevice" } },
    { name: "host-modules", hostPath: { path: "/lib/modules" } },
  ];
}

/** Root, because the kernel's network has no other owner, but with these capabilities alone. */
function noPrivileges(capabilities: readonly (readonly [name: string, reason: string])[]): object {
  const add = capabilities.map(([name]) => name);
  const context = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"], ...(add.length > 0 ? { add } : {}) },
  };
  if (add.length === 0) return context;
  return why(capabilities.map(([name, reason]) => `${name}: ${reason}.`).join("\n"), context);
}
