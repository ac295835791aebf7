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
