import { invariant } from "@antrea/base";
import type {
  ApplyOptions,
  DeleteOptions,
  ListQuery,
  Patch,
  Query,
  RawRequest,
  Selection,
  WatchQuery,
  WriteOptions,
} from "./client.ts";
import type { KubeObject, ObjectName } from "./object.ts";
import { apiVersionOf, collectionPath, objectPath, type Resource } from "./resource.ts";

/** Each call as the HTTP request it stands for. Pure: `io/client.ts` sends them. */

const jsonType = { "content-type": "application/json" } as const;

const patchTypes = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const;

export function getRequest(resource: Resource, name: ObjectName): RawRequest {
  return { path: objectPath(resource, name) };
}

export function listRequest(resource: Resource, query: ListQuery): RawRequest {
  return {
    path: collectionPath(resource, query.namespace),
    query: {
      ...selectionQuery(query),
      limit: query.limit,
      continue: query.continue,
      resourceVersion: query.resourceVersion,
    },
  };
}

export function watchRequest(resource: Resource, query: WatchQuery): RawRequest {
  return {
    path: collectionPath(resource, query.namespace),
    query: {
      ...selectionQuery(query),
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds: query.timeoutSeconds,
      resourceVersion: query.resourceVersion,
      ...(query.sendInitialEvents
        ? { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" }
        : {}),
    },
  };
}

export function createRequest(
  resource: Resource,
  object: KubeObject,
  options: WriteOptions,
): RawRequest {
  const namespace = object.metadata?.namespace;
  const { subresource } = options;
  return {
    method: "POST",
    path:
      subresource === undefined
        ? collectionPath(resource, requireNamespace(resource, namespace))
        : objectPath(resource, nameOf(object), subresource),
    query: writeQuery(options),
    headers: jsonType,
    body: JSON.stringify(withKind(resource, object)),
  };
}

export function replaceRequest(
  resource: Resource,
  object: KubeObject,
  options: WriteOptions,
): RawRequest {
  return {
    method: "PUT",
    path: objectPath(resource, nameOf(object), options.subresource),
    query: writeQuery(options),
    headers: jsonType,
    body: JSON.stringify(withKind(resource, object)),
  };
}

export function patchRequest(
  resource: Resource,
  name: ObjectName,
  patch: Patch,
  options: WriteOptions,
): RawRequest {
  return {
    method: "PATCH",
    path: objectPath(resource, name, options.subresource),
    query: writeQuery(options),
    headers: { "content-type": patchTypes[patch.kind] },
    body: JSON.stringify(patch.body),
  };
}

export function applyRequest(
  resource: Resource,
  object: KubeObject,
  options: ApplyOptions,
): RawRequest {
  return {
    method: "PATCH",
    path: objectPath(resource, nameOf(object), options.subresource),
    query: { ...writeQuery(options), force: options.force ? true : undefined },
    headers: { "content-type": "application/apply-patch+yaml" }, // JSON is YAML
    body: JSON.stringify(withKind(resource, object)),
  };
}

export function deleteRequest(
  resource: Resource,
  name: ObjectName,
  { dryRun, gracePeriodSeconds, propagation, uid, resourceVersion }: DeleteOptions,
): RawRequest {
  const isConditional = uid !== undefined || resourceVersion !== undefined;
  return {
    method: "DELETE",
    path: objectPath(resource, name),
    headers: jsonType,
    body: JSON.stringify({
      apiVersion: "v1",
      kind: "DeleteOptions",
      gracePeriodSeconds,
      propagationPolicy: propagation,
      dryRun: dryRun ? ["All"] : undefined,
      preconditions: isConditional ? { uid, resourceVersion } : undefined,
    }),
  };
}

/** The query as it stands in a URL, `?` included; empty where nothing is set. */
export function queryText(query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) params.append(name, String(value));
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

function selectionQuery({ labelSelector, fieldSelector }: Selection): Query {
  return { labelSelector, fieldSelector };
}

function writeQuery({ fieldManager, dryRun }: WriteOptions): Query {
  return { fieldManager, dryRun: dryRun ? "All" : undefined };
}

function withKind(resource: Resource, object: KubeObject): KubeObject {
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
}

function nameOf({ metadata }: KubeObject): ObjectName {
  invariant(metadata?.name, "an object to write has a name");
  return { namespace: metadata.namespace, name: metadata.name };
}

function requireNamespace(resource: Resource, namespace: string | undefined): string | undefined {
  invariant(
    !resource.namespaced || namespace !== undefined,
    `a ${resource.kind} is created in a Namespace`,
  );
  return namespace;
}
