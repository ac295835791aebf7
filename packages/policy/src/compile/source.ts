import type { PolicyRecord } from "../computation/records.ts";
import type { NetworkPolicy } from "../model.ts";

export function sourceOf({
  kind,
  namespace,
  name,
  uid,
  generation,
  endsConnections,
}: PolicyRecord): Pick<NetworkPolicy, "uid" | "source" | "generation" | "endsConnections"> {
  return {
    ...{ uid, source: { kind, namespace, name, uid }, generation },
    ...(endsConnections && { endsConnections }),
  };
}
