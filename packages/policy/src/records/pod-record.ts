import { portProtocols } from "@antrea/api";
import { parseShape, type ShapeType, shape } from "@antrea/base";
import { type IpAddress, parseIp } from "@antrea/net";
import type { PodRecord } from "../computation/records.ts";
import type { NamedPort } from "../model.ts";

const port = shape.object({
  name: shape.optional(shape.text),
  containerPort: shape.whole(0, 65_535),
  protocol: shape.optional(shape.oneOf(portProtocols)),
});
const container = shape.object({
  ports: shape.optional(shape.list(port)),
  restartPolicy: shape.optional(shape.text),
});

const pod = shape.object({
  metadata: shape.object({
    namespace: shape.text,
    name: shape.text,
    uid: shape.text,
    labels: shape.optional(shape.record(shape.text)),
    annotations: shape.optional(shape.record(shape.text)),
  }),
  spec: shape.object({
    nodeName: shape.optional(shape.text),
    hostNetwork: shape.optional(shape.truth),
    serviceAccountName: shape.optional(shape.text),
    containers: shape.list(container),
    initContainers: shape.optional(shape.list(container)),
  }),
  status: shape.optional(
    shape.object({
      phase: shape.optional(shape.text),
      podIP: shape.optional(shape.text),
      podIPs: shape.optional(shape.list(shape.object({ ip: shape.text }))),
    }),
  ),
});
type Pod = ShapeType<typeof pod>;

/** The kubelet knows a static Pod by another UID than its object has. */
const staticPodUid = "kubernetes.io/config.mirror";

/** As much of a Pod as policies speak of. */
export function podRecord(object: unknown): PodRecord {
  const parsed = parseShape(pod, object);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const { metadata, spec, status } = parsed.value;
  const { namespace, name, uid, labels = {}, annotations = {} } = metadata;
  return {
    ...{ namespace, name, uid: annotations[staticPodUid] || uid, labels },
    ...(spec.nodeName && { nodeName: spec.nodeName }),
    ips: addressesOf(status),
    ports: portsOf(spec),
    hostNetwork: spec.hostNetwork ?? false,
    isFinished: status?.phase === "Succeeded" || status?.phase === "Failed",
    serviceAccount: spec.serviceAccountName ?? "",
  };
}

function addressesOf({
  podIP = "",
  podIPs = [],
}: NonNullable<Pod["status"]> = {}): readonly IpAddress[] {
  const texts = new Set([podIP, ...podIPs.map(({ ip }) => ip)]);
  return [...texts].flatMap((text) => parseIp(text) ?? []);
}

/** Of containers that live as long as the Pod: an initial one does only where it is always started anew. */
function portsOf({ containers, initContainers = [] }: Pod["spec"]): readonly NamedPort[] {
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === "Always");
  return [...sidecars, ...containers]
    .flatMap(({ ports = [] }) => ports)
    .flatMap(({ name, containerPort, protocol = "TCP" }) =>
      name ? [{ name, port: containerPort, protocol }] : [],
    );
}
