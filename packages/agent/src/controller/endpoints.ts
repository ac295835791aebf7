import { parseShape, shape } from "@antrea/base";
import { familyOf, parseIp } from "@antrea/net";

/** Where a controller answers. */
export interface ControllerEndpoint {
  /** `https://10.0.0.1:10349`. */
  readonly server: string;
  readonly isReady: boolean;
}

const slice = shape.object({
  endpoints: shape.optional(
    shape.list(
      shape.object({
        addresses: shape.list(shape.text),
        conditions: shape.optional(shape.object({ ready: shape.optional(shape.truth) })),
      }),
    ),
  ),
  ports: shape.optional(
    shape.list(
      shape.object({
        name: shape.optional(shape.text),
        port: shape.optional(shape.whole(1, 65_535)),
      }),
    ),
  ),
});

/** The controllers of an EndpointSlice, also those that are not ready: a new leader may not be yet. */
export function controllerEndpoints(object: unknown): readonly ControllerEndpoint[] {
  const parsed = parseShape(slice, object);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const { endpoints = [], ports = [] } = parsed.value;
  const port = (ports.find(({ name }) => name === "api") ?? ports[0])?.port;
  if (port === undefined) return [];
  return endpoints.flatMap(({ addresses, conditions }) =>
    addresses.flatMap((text) => {
      const ip = parseIp(text);
      const host = ip && (familyOf(ip) === "ipv6" ? `[${ip}]` : ip);
      return host
        ? [{ server: `https://${host}:${port}`, isReady: conditions?.ready !== false }]
        : [];
    }),
  );
}

/** Which controller to ask: that which failed longest ago, or never; of those that are alike, one that is ready. */
export function chooseController(
  endpoints: Iterable<ControllerEndpoint>,
  failedAtMs: ReadonlyMap<string, number>,
): string | undefined {
  const at = ({ server }: ControllerEndpoint): number => failedAtMs.get(server) ?? -1;
  return [...endpoints].sort(
    (a, b) =>
      at(a) - at(b) || Number(b.isReady) - Number(a.isReady) || (a.server < b.server ? -1 : 1),
  )[0]?.server;
}
