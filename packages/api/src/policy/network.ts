import { type ShapeType, shape } from "@antrea/base";
import { type Cidr, cidrOf, parseInterfaceAddress } from "@antrea/net";
import { type Field, field } from "../crd/field.ts";

/** The protocols that have ports. */
export const portProtocols = ["TCP", "UDP", "SCTP"] as const;

/** A network whose host bits may be set, as Kubernetes allows them; they are dropped. */
export const cidrField = (description: string): Field<Cidr> => ({
  ...shape.parsed<Cidr>('a network such as "10.10.1.0/24"', parseNetwork),
  schema: { type: "string", description },
});

export const ipBlock = field.object("Addresses of a network.", {
  cidr: cidrField("The network, IPv4 or IPv6."),
  except: field.optional(
    field.list("Networks inside it that are not meant.", cidrField("A network.")),
  ),
});
export type IpBlockSpec = ShapeType<typeof ipBlock>;

function parseNetwork(text: string): Cidr | undefined {
  const parsed = parseInterfaceAddress(text);
  return parsed && cidrOf(parsed.address, parsed.prefixLength);
}

/** A port's number, or the name that a container gives it (IntOrString). */
export const portOrName = (description: string): Field<number | string> => ({
  wanted: "a port from 0 to 65535, or the name of one",
  read: (value, at) =>
    typeof value === "string" && value !== "" ? value : shape.whole(0, 65_535).read(value, at),
  schema: { "x-kubernetes-int-or-string": true, description },
});
