import type { LinkChoice, NodeView } from "@antrea/api";
import { type InterfaceAddress, familyOf, type IpAddress } from "@antrea/net";
import type { NodeIdentity } from "@antrea/pipeline";

/** A Node as the pipeline and the routes see it. */
export function identityOf({
  name,
  podCidrs,
  transport,
  links,
  providerId,
}: NodeView): NodeIdentity {
  return {
    ...{ name, podCidrs, transport },
    ...(links ? { links } : {}),
    ...(providerId === undefined ? {} : { providerId }),
  };
}

/** This Node, with what it knows of its own link and need not ask the API server for. */
export function ownIdentity(
  view: NodeView,
  transport: readonly InterfaceAddress[],
  links: ReadonlyMap<LinkChoice, { readonly addresses: readonly InterfaceAddress[] }>,
): NodeIdentity {
  const addresses = [...links].map(([choice, link]) => [choice, link.addresses] as const);
  return { name: view.name, podCidrs: view.podCidrs, transport, links: new Map(addresses) };
}

/** The first address of each family, in order. */
export function firstOfEachFamily<T extends { readonly address: IpAddress }>(
  addresses: readonly T[],
): readonly T[] {
  const families = new Set<string>();
  return addresses.filter(({ address }) => {
    const family = familyOf(address);
    if (families.has(family)) return false;
    families.add(family);
    return true;
  });
}
