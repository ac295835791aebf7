import { objectNames, paths } from "@antrea/api";
import { why } from "./commented.ts";
import { chartValue } from "./values.ts";

/** What both of our Pods have in common. */
export const podDefaults = {
  hostNetwork: true,
  nodeSelector: { "kubernetes.io/os": "linux" },
  securityContext: { seccompProfile: { type: "RuntimeDefault" } },
} as const;

export function image(name: "agentImage" | "controllerImage"): object {
  return {
    image: `${chartValue(`${name}.repository`)}:${chartValue(`${name}.tag`)}`,
    imagePullPolicy: chartValue("imagePullPolicy"),
  };
}

/** The whole folder, not a file of it: only so a changed ConfigMap reaches a running Pod. */
export const configMount = {
  name: "config",
  mountPath: paths.configFolder,
  readOnly: true,
} as const;

export const configVolume = why("Without the ConfigMap everything has its default.", {
  name: "config",
  configMap: { name: objectNames.configMap, optional: true },
});

export function mount(name: string, mountPath: string): { name: string; mountPath: string } {
  return { name, mountPath };
}

export function hostFolder(name: string, path: string): object {
  return { name, hostPath: { path, type: "DirectoryOrCreate" } };
}

/** An environment variable that Kubernetes fills from the Pod. */
export function fieldVariable(name: string, fieldPath: string): object {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

/** Seconds that the agent or Open vSwitch get to end in order; they need two. */
const graceSeconds = 30;

/** Of the Pods without which a Node has no network. */
export const onEveryNode = {
  priorityClassName: "system-node-critical",
  terminationGracePeriodSeconds: graceSeconds,
  tolerations: [
    why("A Node without its network is tainted; who brings the network must come all the same.", {
      operator: "Exists",
    }),
  ],
};

export const ovsRunVolume = why(
  "Apart from an Open vSwitch that the machine may have of its own.",
  hostFolder("host-run-ovs", `${paths.runFolder}/openvswitch`),
);

/** Root, because the kernel's network has no other owner, but with these capabilities alone. */
export function noPrivileges(
  capabilities: readonly (readonly [name: string, reason: string])[],
): object {
  const add = capabilities.map(([name]) => name);
  const context = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"], ...(add.length > 0 ? { add } : {}) },
  };
  if (add.length === 0) return context;
  return why(capabilities.map(([name, reason]) => `${name}: ${reason}.`).join("\n"), context);
}
