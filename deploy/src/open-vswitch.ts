import { environment, objectNames, paths } from "@antrea/api";
import { why } from "./commented.ts";
import { componentLabels, componentObject, type Manifest } from "./object.ts";
import {
  fieldVariable,
  hostFolder,
  image,
  mount,
  noPrivileges,
  onEveryNode,
  ovsRunVolume,
  podDefaults,
} from "./pod.ts";

const component = objectNames.openVSwitch;

/**
 * Open vSwitch, in Pods of its own: whoever restarts or upgrades the agent leaves the datapath alone
 * (ADR 18). Its template names nothing of the configuration.
 */
export function openVSwitchDaemonSet(): Manifest {
  const podLabels = componentLabels(component);
  const spec = {
    selector: { matchLabels: podLabels },
    updateStrategy: why(
      "Replacing such a Pod cuts its Node's Pods off for seconds; when, is yours to say: delete it.",
      { type: "OnDelete" },
    ),
    template: {
      metadata: { labels: podLabels },
      spec: {
        ...podDefaults,
        automountServiceAccountToken: false,
        ...onEveryNode,
        containers: [openVSwitch()],
        volumes: [
          hostFolder("host-run-antrea", paths.runFolder),
          ovsRunVolume,
          hostFolder("host-log-antrea", paths.logFolder),
          { name: "host-tun", hostPath: { path: "/dev/net/tun", type: "CharDevice" } },
          { name: "host-modules", hostPath: { path: "/lib/modules" } },
        ],
      },
    },
  };
  return { ...componentObject("DaemonSet", component), spec } as Manifest;
}

const bothAnswer = ["ovs-vswitchd", "ovsdb-server"]
  .map((daemon) => `/usr/bin/ovs-appctl --timeout=5 --target=${daemon} version`)
  .join(" && ");

function openVSwitch(): object {
  return {
    name: objectNames.openVSwitchContainer,
    ...image("agentImage"),
    command: ["antrea-ovs", "run", "--hostname", `$(${environment.nodeName})`],
    env: [fieldVariable(environment.nodeName, "spec.nodeName")],
    securityContext: noPrivileges([
      ["NET_ADMIN", "datapaths and their ports"],
      ["NET_RAW", "reads and sends frames on ports of the user-space datapath"],
      ["SYS_NICE", "priority of the threads that poll ports"],
      [
        "SYS_PTRACE",
        "widens the packet buffers of ovs-vswitchd, whose packets wait there; sees this container's processes alone",
      ],
    ]),
    resources: { requests: { cpu: "200m", memory: "100Mi" } },
    readinessProbe: {
      exec: why(
        "Whether both daemons answer, by Debian's own program: ours of that name would start Node.js every time.",
        { command: ["sh", "-c", bothAnswer] },
      ),
      periodSeconds: 10,
      timeoutSeconds: 10,
      failureThreshold: 3,
    },
    volumeMounts: [
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
