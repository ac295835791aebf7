import { awsInstance } from "@antrea/api";
import { type Cidr, cidrFamily, parseCidr } from "@antrea/net";
import type { CloudRoute, ProviderOptions, RouteProvider } from "../provider.ts";

/** What is used of the class `EC2` of @aws-sdk/client-ec2, whose words these are. */
export interface AwsRouteApi {
  describeRouteTables(
    input: { readonly RouteTableIds: string[] },
    options: AwsWait,
  ): Promise<{ readonly RouteTables?: readonly AwsRouteTable[] | undefined }>;
  createRoute(input: AwsRouteInput, options: AwsWait): Promise<unknown>;
  replaceRoute(input: AwsRouteInput, options: AwsWait): Promise<unknown>;
  deleteRoute(input: Omit<AwsRouteInput, "InstanceId">, options: AwsWait): Promise<unknown>;
  modifyInstanceAttribute(
    input: { readonly InstanceId: string; readonly SourceDestCheck: { readonly Value: boolean } },
    options: AwsWait,
  ): Promise<unknown>;
}

interface AwsWait {
  readonly abortSignal: AbortSignal;
}

interface AwsRouteTable {
  readonly Routes?: readonly AwsRoute[] | undefined;
}

interface AwsRoute {
  readonly DestinationCidrBlock?: string | undefined;
  readonly DestinationIpv6CidrBlock?: string | undefined;
  readonly InstanceId?: string | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly GatewayId?: string | undefined;
  readonly Origin?: string | undefined;
}

interface AwsRouteInput {
  readonly RouteTableId: string;
  readonly DestinationCidrBlock?: string;
  readonly DestinationIpv6CidrBlock?: string;
  readonly InstanceId: string;
}

/**
 * A route table of a VPC. Its routes bear no names, so ours are those that lead to an instance: others
 * (gateways, peerings, what the VPC makes itself) are not touched. The instance may pass what is not its own.
 */
export function awsRoutes(
  api: AwsRouteApi,
  { routeTable: RouteTableId }: ProviderOptions,
): RouteProvider {
  return {
    targetOf: ({ providerId }) => awsInstance(providerId),
    async list({ signal }) {
      const { RouteTables = [] } = await api.describeRouteTables(
        { RouteTableIds: [RouteTableId] },
        { abortSignal: signal },
      );
      return RouteTables.flatMap(({ Routes = [] }) => Routes.flatMap(cloudRoute));
    },
    async put({ destination, target }, before, { signal }) {
      const wait = { abortSignal: signal };
      const input = { RouteTableId, ...blockOf(destination), InstanceId: target };
      await api.modifyInstanceAttribute(
        { InstanceId: target, SourceDestCheck: { Value: false } },
        wait,
      );
      await (before ? api.replaceRoute(input, wait) : api.createRoute(input, wait));
    },
    async remove({ destination }, { signal }) {
      await api.deleteRoute({ RouteTableId, ...blockOf(destination) }, { abortSignal: signal });
    },
  };
}

function cloudRoute(route: AwsRoute): readonly CloudRoute[] {
  const { DestinationCidrBlock, DestinationIpv6CidrBlock, InstanceId, Origin } = route;
  const destination = parseCidr(DestinationCidrBlock ?? DestinationIpv6CidrBlock ?? "");
  if (!destination) return []; // a prefix list
  const target = InstanceId ?? route.NetworkInterfaceId ?? route.GatewayId ?? "another";
  return [{ destination, target, isOurs: InstanceId !== undefined && Origin === "CreateRoute" }];
}

function blockOf(cidr: Cidr) {
  return cidrFamily(cidr) === "ipv4"
    ? { DestinationCidrBlock: cidr }
    : { DestinationIpv6CidrBlock: cidr };
}
