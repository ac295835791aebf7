import { awsInstance, gcpInstance } from "@antrea/api";
import type { MissingRoute } from "./missing.ts";

export const providers = ["aws", "gcp", "linux"] as const;
export type Provider = (typeof providers)[number];

/** Names of things that only the person who asks can know. */
export interface MendNames {
  readonly routeTable?: string | undefined;
  readonly network?: string | undefined;
}

/** The provider that a Node's `spec.providerID` names, as in "aws:///eu-west-1a/i-0abc". */
export function providerOf(providerID: string | undefined): Provider | undefined {
  if (providerID?.startsWith("aws://")) return "aws";
  return providerID?.startsWith("gce://") ? "gcp" : undefined;
}

/**
 * The lines that add the routes, for the provider of each Node; where that is not known, for a router
 * that one can log in to, and for each cloud.
 */
export function mendLines(
  routes: readonly MissingRoute[],
  names: MendNames,
  wanted?: Provider,
): readonly string[] {
  if (routes.length === 0) return [];
  const groups = Map.groupBy(routes, (route) => wanted ?? providerOf(route.providerID));
  return [...groups].flatMap(([provider, group]) =>
    (provider ? [provider] : (["linux", "aws", "gcp"] as const)).flatMap((one) => [
      `# ${titles[one]}`,
      ...group.flatMap((route) => lines[one](route, names)),
    ]),
  );
}

const titles: Readonly<Record<Provider, string>> = {
  aws: "AWS: in the route table of the Nodes' subnets; the instances must not check source and destination",
  gcp: "Google Cloud: the instances must have been made with --can-ip-forward",
  linux: "a Linux router between the Nodes",
};

const lines: Readonly<
  Record<Provider, (route: MissingRoute, names: MendNames) => readonly string[]>
> = {
  aws({ node, podCIDR, providerID }, { routeTable = "ROUTE-TABLE-ID" }) {
    const instance = awsInstance(providerID) ?? placeholder("INSTANCE-ID", node);
    return [
      `aws ec2 create-route --route-table-id ${routeTable} --destination-${podCIDR.includes(":") ? "ipv6-" : ""}cidr-block ${podCIDR} --instance-id ${instance}`,
      `aws ec2 modify-instance-attribute --instance-id ${instance} --no-source-dest-check`,
    ];
  },
  gcp({ node, podCIDR, providerID }, { network = "default" }) {
    const { project, zone, instance } = gcpInstance(providerID) ?? {
      project: undefined,
      zone: placeholder("ZONE", node),
      instance: node,
    };
    const name = `antrea-${node}-${podCIDR.replaceAll(/[^a-z0-9]+/gi, "-")}`.slice(0, 63);
    return [
      `gcloud compute routes create ${name}${project ? ` --project=${project}` : ""} --network=${network} ` +
        `--destination-range=${podCIDR} --next-hop-instance=${instance} --next-hop-instance-zone=${zone}`,
    ];
  },
  linux: ({ node, podCIDR, transportIP }) => [
    `ip route add ${podCIDR} via ${transportIP ?? placeholder("NODE-IP", node)}`,
  ],
};

function placeholder(what: string, node: string): string {
  return `${what}-OF-${node}`;
}
