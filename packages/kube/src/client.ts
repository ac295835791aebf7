import type { KubeObject, ObjectName } from "./object.ts";
import type { Resource } from "./resource.ts";

/** What every call takes. */
export interface CallOptions {
  /** For the whole call with its repeats; 30 s where undefined. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends CallOptions {
  /** `status`, `scale`, …; the object itself where undefined. */
  readonly subresource?: string | undefined;
  /** Who owns the fields written. */
  readonly fieldManager?: string | undefined;
  /** The server checks and answers as if, and keeps nothing. */
  readonly dryRun?: boolean | undefined;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Take over fields that another manager owns, rather than fail with `conflict`. */
  readonly force?: boolean | undefined;
}

export interface DeleteOptions extends CallOptions {
  readonly dryRun?: boolean | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagation?: "Background" | "Foreground" | "Orphan" | undefined;
  /** Delete only this incarnation, or `conflict`. */
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/** Which objects of a resource. Selectors are in kubectl's text form. */
export interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ListQuery extends Selection {
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** The token of the next page; undefined on the last. */
  readonly continue: string | undefined;
}

export interface WatchQuery extends Selection {
  /** Events after this version; undefined begins with what is there. */
  readonly resourceVersion?: string | undefined;
  /** Stream what is there first, ended by a bookmark (KEP-3157). */
  readonly sendInitialEvents?: boolean | undefined;
  /** The server ends the watch in order after this time. */
  readonly timeoutSeconds: number;
}

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: unknown;
}

export type Patch =
  /** RFC 7386. */
  | { readonly kind: "merge"; readonly body: unknown }
  /** RFC 6902. */
  | { readonly kind: "json"; readonly body: readonly JsonPatchStep[] }
  /** Kubernetes' own merge that knows the keys of lists; not for custom resources. */
  | { readonly kind: "strategic"; readonly body: unknown };

export interface JsonPatchStep {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  readonly path: string;
  readonly value?: unknown;
  readonly from?: string;
}

/** A request by path, for what is no resource (`/version`, `/apis`, aggregated APIs). */
export interface RawRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Begins with a slash; without query. */
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Calls to one API server. Each rejects with a `KubeError`, or with the signal's reason when that
 * aborts. Answers of `429` with Retry-After are repeated within the time limit; a reset of an idle
 * kept connection is repeated once where that is harmless.
 */
export interface KubeClient {
  /** The server's base URL, for sentences. */
  readonly server: string;
  /** Our Pod's Namespace, or the context's. */
  readonly namespace: string;
  get<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    options?: CallOptions,
  ): Promise<T>;
  /** As `get`, but undefined where there is none. */
  find<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    options?: CallOptions,
  ): Promise<T | undefined>;
  /** One page; all objects where no limit is given. */
  list<T extends KubeObject>(
    resource: Resource<T>,
    query?: ListQuery,
    options?: CallOptions,
  ): Promise<Page<T>>;
  /** Every object, page by page. */
  items<T extends KubeObject>(
    resource: Resource<T>,
    query?: ListQuery,
    options?: CallOptions,
  ): AsyncIterable<T>;
  create<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T>;
  replace<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T>;
  patch<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T>;
  /** Server-side apply: the fields in `object` become ours and get these values; the rest stays. */
  apply<T extends KubeObject>(resource: Resource<T>, object: T, options: ApplyOptions): Promise<T>;
  delete<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    options?: DeleteOptions,
  ): Promise<void>;
  /** The body as parsed JSON, or as text where it is none. */
  request(request: RawRequest, options?: CallOptions): Promise<unknown>;
  /**
   * Events as they arrive, those of one read together; first an empty batch, when the watch is open.
   * Ends when the server ends the watch.
   */
  watch(
    resource: Resource,
    query: WatchQuery,
    options?: { readonly signal?: AbortSignal | undefined },
  ): AsyncIterable<readonly WatchEvent[]>;
  /** Ends kept connections, and whatever still runs on them. */
  close(): void;
}
