import { apiVersionOfKind, type CustomKind } from "@antrea/api";
import { definedResource, type KubeObject, type Resource } from "@antrea/kube";

/** A kind of ours as the Kubernetes client knows resources. */
export function ownResource<T>(kind: CustomKind<T>): Resource<KubeObject & T> {
  return definedResource(apiVersionOfKind(kind), kind);
}
