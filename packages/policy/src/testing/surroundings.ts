import type { Group } from "@antrea/api";
import type { Surroundings } from "../compile/surroundings.ts";
import type { Labels, NamespaceRecord } from "../computation/records.ts";

/** What is around a policy: by name, `namespace/name` for objects of a Namespace. */
export function surroundings(
  around: {
    readonly tiers?: Readonly<Record<string, number>>;
    readonly groups?: Readonly<Record<string, Group["spec"]>>;
    readonly services?: Readonly<Record<string, Labels | undefined>>;
    readonly namespaces?: readonly NamespaceRecord[];
  } = {},
): Surroundings {
  const { tiers = {}, groups = {}, services = {}, namespaces = [] } = around;
  return {
    tierPriority: (name) => tiers[name],
    group(of) {
      const spec = groups[of.namespace === "" ? of.name : `${of.namespace}/${of.name}`];
      return spec && { namespace: of.namespace, name: of.name, spec };
    },
    service(of) {
      const key = `${of.namespace}/${of.name}`;
      if (!Object.hasOwn(services, key)) return undefined;
      return { namespace: of.namespace, name: of.name, selector: services[key] };
    },
    namespaces: () => namespaces,
  };
}
