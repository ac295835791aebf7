import type { AgentConfig } from "@antrea/api";
import { errorText, type Logger } from "@antrea/base";
import { KubeError, type KubeClient, type KubeObject, resource } from "@antrea/kube";
import { type Cidr, parseCidr } from "@antrea/net";

interface ServiceCidr extends KubeObject {
  readonly spec?: { readonly cidrs?: unknown };
}

/** The kind in which the API server tells the networks of Services; older ones have none. */
const serviceCidrKind = resource<ServiceCidr>(
  "networking.k8s.io/v1",
  "ServiceCIDR",
  "servicecidrs",
  "cluster",
);

/** The networks of Services: as configured, or else as the API server tells. */
export async function findServiceCidrs(
  { client, config, log }: { client: KubeClient; config: AgentConfig; log: Logger },
  signal: AbortSignal,
): Promise<readonly Cidr[]> {
  const configured = [config.serviceCIDR, config.serviceCIDRv6].flatMap(
    (text) => parseCidr(text) ?? [],
  );
  if (configured.length > 0) return configured;
  try {
    const { items } = await client.list(serviceCidrKind, {}, { signal });
    return items.flatMap(cidrsOf);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    log.warn("Egress rules will judge Services by their own addresses: set serviceCIDR", {
      err: errorText(error),
    });
    return [];
  }
}

function cidrsOf({ spec }: ServiceCidr): readonly Cidr[] {
  const texts = Array.isArray(spec?.cidrs) ? (spec.cidrs as readonly unknown[]) : [];
  return texts.flatMap((text) => (typeof text === "string" ? (parseCidr(text) ?? []) : []));
}
