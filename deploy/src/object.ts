import { labels, objectNames } from "@antrea/api";

/** A Kubernetes object as it is written, each with our label. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
}

export const namespace = objectNames.namespace;
export const appLabel = { [labels.app]: labels.antrea };

export function componentLabels(component: string): Readonly<Record<string, string>> {
  return { ...appLabel, [labels.component]: component };
}

export function clusterObject(apiVersion: string, kind: string, name: string): Manifest {
  return { apiVersion, kind, metadata: { name, labels: appLabel } };
}

export function namespacedObject(apiVersion: string, kind: string, name: string): Manifest {
  return { apiVersion, kind, metadata: { name, namespace, labels: appLabel } };
}

/** What runs Pods of one component, with its name and labels. */
export function componentObject(kind: "DaemonSet" | "Deployment", component: string): Manifest {
  const metadata = { name: component, namespace, labels: componentLabels(component) };
  return { apiVersion: "apps/v1", kind, metadata };
}
