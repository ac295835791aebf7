import type { GroupMember, PortProtocol, RuleService } from "@antrea/policy";

/** A service whose port is a number, if it has one. */
export type NumberedService =
  | (Omit<PortService, "port"> & { readonly port?: number | undefined })
  | Exclude<RuleService, PortService>;
type PortService = Extract<RuleService, { readonly protocol: PortProtocol }>;

/** Members for whom a rule's services come to the same numbers. */
export interface PortVariant {
  /** The services as a word: the same ones, the same word. */
  readonly variant: string;
  readonly services: readonly NumberedService[];
  readonly members: readonly GroupMember[];
}

export function hasNamedPort(services: readonly RuleService[]): boolean {
  return services.some((service) => typeof portOf(service) === "string");
}

/** The services that need no names: what a rule is for those of whom no container is known. */
export function numberedServices(services: readonly RuleService[]): readonly NumberedService[] {
  return services.filter(isNumbered);
}

/**
 * What a rule's services are for each member, by the names that its containers give to ports. Who has none
 * of the names, and for whom nothing else is listed, is left out: to him the rule says nothing.
 */
export function portVariants(
  services: readonly RuleService[],
  members: Iterable<GroupMember>,
): readonly PortVariant[] {
  const variants = new Map<string, PortVariant & { readonly members: GroupMember[] }>();
  for (const member of members) {
    const numbered = services.flatMap((service) => numbersOf(service, member));
    if (numbered.length === 0) continue;
    const variant = numbered.map(textOf).join();
    const same = variants.get(variant);
    if (same) same.members.push(member);
    else variants.set(variant, { variant, services: numbered, members: [member] });
  }
  return [...variants.values()];
}

function numbersOf(service: RuleService, { ports }: GroupMember): readonly NumberedService[] {
  if (isNumbered(service)) return [service];
  const named = ports.filter(
    ({ name, protocol }) => name === portOf(service) && protocol === service.protocol,
  );
  const numbers = new Set(named.map(({ port }) => port));
  return [...numbers].map((port) => ({ ...service, port }));
}

function isNumbered(service: RuleService): service is NumberedService {
  return typeof portOf(service) !== "string";
}

function portOf(service: RuleService): number | string | undefined {
  return "port" in service ? service.port : undefined;
}

function textOf(service: NumberedService): string {
  return Object.values(service).join("-");
}
