import { KubeError, type KubeClient, type KubeObject, objectKey } from "@antrea/kube";

/** One resource's objects in memory, for tests of who writes them. */
export interface StoredObjects {
  readonly client: Pick<KubeClient, "find" | "replace" | "patch">;
  readonly objects: Map<string, KubeObject>;
  /** Awaited before each write is done. */
  beforeWrite: () => Promise<void>;
  /** How often it was written. */
  readonly writes: number;
}

export function storedObjects(...all: readonly KubeObject[]): StoredObjects {
  const key = ({ metadata }: KubeObject) => objectKey({ ...metadata, name: metadata?.name ?? "" });
  const objects = new Map(all.map((one) => [key(one), one]));
  const stored = { objects, beforeWrite: async () => {}, writes: 0 };

  async function write<T extends KubeObject>(object: T): Promise<T> {
    await stored.beforeWrite();
    stored.writes += 1;
    objects.set(key(object), object);
    return object;
  }

  const client: StoredObjects["client"] = {
    find: async <T extends KubeObject>(_: unknown, name: Parameters<typeof objectKey>[0]) =>
      objects.get(objectKey(name)) as T | undefined,
    replace: (_, object) => write(object),
    async patch<T extends KubeObject>(
      _: unknown,
      name: Parameters<typeof objectKey>[0],
      { body }: { readonly body: unknown },
    ) {
      const found = objects.get(objectKey(name));
      const { metadata, ...rest } = body as KubeObject;
      if (!found) throw new KubeError({ code: "not-found", asked: "PATCH", answer: "none" });
      if (metadata?.uid !== found.metadata?.uid)
        throw new KubeError({ code: "conflict", asked: "PATCH", answer: "another UID" });
      return write({ ...found, ...rest } as T);
    },
  };
  return Object.assign(stored, { client });
}
