export * from "./access.ts";
export * from "./client.ts";
export { isKubeError, KubeError, type KubeErrorCode } from "./error.ts";
export type { Note, Regarding } from "./events/note.ts";
export { KubeConfigError } from "./kubeconfig.ts";
export { defaultLeaseTiming, type LeaseTiming } from "./lease/machine.ts";
export {
  isRecord,
  type KubeObject,
  keyOf,
  type ObjectMeta,
  type ObjectName,
  objectKey,
  parseObjectKey,
} from "./object.ts";
export {
  apiVersionOf,
  type DefinedKind,
  definedResource,
  type Resource,
  resource,
  resourceName,
} from "./resource.ts";
export * as resources from "./resources.ts";
export * from "./serve/index.ts";
export * from "./store.ts";
