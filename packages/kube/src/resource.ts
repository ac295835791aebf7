import { invariant } from "@antrea/base";
import type { KubeObject, ObjectName } from "./object.ts";

declare const objectType: unique symbol;

/** A kind of object as data: where it lives in the API, and (for the compiler only) its JSON shape. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly [objectType]?: T;
}

/** Declares a resource. `T` is its JSON shape, from `kubernetes-types` or of our own. */
export function resource<T extends KubeObject = KubeObject>(
  apiVersion: string,
  kind: string,
  plural: string,
  scope: "cluster" | "namespaced",
): Resource<T> {
  const slash = apiVersion.indexOf("/");
  return Object.freeze({
    group: slash < 0 ? "" : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    plural,
    kind,
    namespaced: scope === "namespaced",
  });
}

/** How a CustomResourceDefinition names its kind. */
export interface DefinedKind {
  readonly kind: string;
  readonly plural: string;
  readonly scope: "Cluster" | "Namespaced";
}

/** Declares the resource of a kind that a CustomResourceDefinition defines. */
export function definedResource<T extends KubeObject = KubeObject>(
  apiVersion: string,
  { kind, plural, scope }: DefinedKind,
): Resource<T> {
  return resource<T>(apiVersion, kind, plural, scope === "Cluster" ? "cluster" : "namespaced");
}

/** `v1`, `apps/v1`: what an object's `apiVersion` says. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === "" ? version : `${group}/${version}`;
}

/** `pods`, `deployments.apps`: how people and RBAC name the resource. */
export function resourceName({ group, plural }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}

/** The URL path of all objects of a resource, in one Namespace or in all of them. */
export function collectionPath(resource: Resource, namespace?: string): string {
  invariant(
    resource.namespaced || namespace === undefined,
    `${resourceName(resource)} has no Namespaces`,
  );
  const root =
    resource.group === ""
      ? `/api/${resource.version}`
      : `/apis/${resource.group}/${resource.version}`;
  const scope = namespace === undefined ? "" : `/namespaces/${pathSegment(namespace)}`;
  return `${root}${scope}/${resource.plural}`;
}

/** The URL path of one object, or of a subresource of it (`status`, `exec`). */
export function objectPath(
  resource: Resource,
  { namespace, name }: ObjectName,
  subresource?: string,
): string {
  invariant(
    !resource.namespaced || namespace !== undefined,
    `one of ${resourceName(resource)} is asked for with its Namespace`,
  );
  const object = `${collectionPath(resource, namespace)}/${pathSegment(name)}`;
  return subresource === undefined ? object : `${object}/${subresource}`;
}

/** One name as a path segment. Names come from other people's objects, so none may climb out of its place. */
function pathSegment(name: string): string {
  invariant(name !== "" && name !== "." && name !== "..", `"${name}" names an object`);
  return encodeURIComponent(name);
}
