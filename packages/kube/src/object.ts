/** What every Kubernetes object has in JSON. Everything else is known only to the one who asks for it. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
}

/** The part of `metadata` that we read; timestamps are RFC 3339 text, as on the wire. */
export interface ObjectMeta {
  readonly name?: string;
  readonly namespace?: string;
  readonly generateName?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Which object of a resource: the Namespace only where the resource has one. */
export interface ObjectName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** `namespace/name`, or `name` for what has no Namespace: the key of stores and work queues. */
export function objectKey({ namespace, name }: ObjectName): string {
  return namespace ? `${namespace}/${name}` : name;
}

/** The opposite of `objectKey`. */
export function parseObjectKey(key: string): ObjectName {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The key of an object that came from a server; undefined where it carries no usable name. */
export function keyOf(object: unknown): string | undefined {
  const meta = metadataOf(object);
  const name = meta?.["name"];
  const namespace = meta?.["namespace"];
  if (typeof name !== "string" || name === "" || name.includes("/")) return undefined;
  if (namespace === undefined || namespace === "") return name;
  if (typeof namespace !== "string" || namespace.includes("/")) return undefined;
  return [namespace, name].join("/"); // flat: a concatenated string would keep its parts alive
}

/** The object's own resourceVersion; undefined where it has none. */
export function resourceVersionOf(object: unknown): string | undefined {
  const version = metadataOf(object)?.["resourceVersion"];
  return typeof version === "string" && version !== "" ? version : undefined;
}

function metadataOf(object: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(object) && isRecord(object["metadata"]) ? object["metadata"] : undefined;
}

/** Whether a parsed JSON value is an object with names and values. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
