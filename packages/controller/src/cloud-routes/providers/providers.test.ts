import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNode } from "@antrea/api";
import { type Cidr, parseCidr } from "@antrea/net";
import { type AwsRouteApi, awsRoutes } from "./aws.ts";
import { type AzureRouteApi, azureRoutes } from "./azure.ts";
import { type GcpRouteApi, gcpRoutes } from "./gcp.ts";

/**
 * Answers in the shapes that the providers' references give. What is used of each SDK is checked against
 * its types by `tools/build-cloud-routes.ts`; against the clouds themselves nothing here has run.
 */
const { signal } = new AbortController();
const cidr = (text: string): Cidr => parseCidr(text) ?? assert.fail(text);

function node(providerID: string, ip = "10.0.0.4") {
  const object = {
    metadata: { name: "node-1", uid: "1" },
    spec: { providerID },
    status: { addresses: [{ type: "InternalIP", address: ip }] },
  };
  return parseNode(object)?.node ?? assert.fail();
}

/** Everything that was asked, in order, each answered by `answers` or with nothing. */
function recorded<Api extends object>(answers: Readonly<Record<string, unknown>>) {
  const asked: unknown[][] = [];
  const api = new Proxy(
    {},
    {
      get:
        (_, name: string) =>
        (...args: readonly unknown[]) => {
          const plain = args.filter(
            (one) => !(one !== null && typeof one === "object" && "abortSignal" in one),
          );
          asked.push([name, ...plain]);
          return answers[name];
        },
    },
  );
  return { api: api as Api, asked };
}

async function* pages<T>(all: readonly T[]): AsyncIterable<T> {
  yield* all;
}

test("awsRoutes() reads a route table, and takes for ours what leads to an instance and was created", async () => {
  const { api } = recorded<AwsRouteApi>({
    describeRouteTables: Promise.resolve({
      RouteTables: [
        {
          RouteTableId: "rtb-1",
          Routes: [
            {
              DestinationCidrBlock: "172.31.0.0/16",
              GatewayId: "local",
              Origin: "CreateRouteTable",
              State: "active",
            },
            {
              DestinationCidrBlock: "0.0.0.0/0",
              GatewayId: "igw-1",
              Origin: "CreateRoute",
              State: "active",
            },
            {
              DestinationCidrBlock: "10.244.1.0/24",
              InstanceId: "i-0abc",
              InstanceOwnerId: "1",
              NetworkInterfaceId: "eni-1",
              Origin: "CreateRoute",
              State: "active",
            },
            {
              DestinationIpv6CidrBlock: "fd00:10:244::/64",
              NetworkInterfaceId: "eni-2",
              Origin: "CreateRoute",
              State: "blackhole",
            },
            {
              DestinationPrefixListId: "pl-1",
              GatewayId: "vpce-1",
              Origin: "CreateRoute",
              State: "active",
            },
          ],
        },
      ],
    }),
  });
  const routes = await awsRoutes(api, { routeTable: "rtb-1" }).list({ signal });
  assert.deepEqual(
    routes.map(({ destination, target, isOurs }) => `${destination} ${target} ${isOurs}`),
    [
      "172.31.0.0/16 local false",
      "0.0.0.0/0 igw-1 false",
      "10.244.1.0/24 i-0abc true",
      "fd00:10:244::/64 eni-2 false",
    ],
  );
});

test("awsRoutes() lets the instance pass what is not its own, then creates, or replaces in place", async () => {
  const { api, asked } = recorded<AwsRouteApi>({});
  const aws = awsRoutes(api, { routeTable: "rtb-1" });
  const destination = cidr("10.244.1.0/24");
  assert.equal(aws.targetOf(node("aws:///eu-west-1a/i-0abc"), destination), "i-0abc");
  const route = { node: "node-1", destination, target: "i-0abc" };
  const before = { destination, target: "i-0old", isOurs: true };
  await aws.put(route, undefined, { signal });
  await aws.put({ ...route, destination: cidr("fd00::/64") }, before, { signal });
  await aws.remove(before, { signal });
  const check = [
    "modifyInstanceAttribute",
    { InstanceId: "i-0abc", SourceDestCheck: { Value: false } },
  ];
  const table = { RouteTableId: "rtb-1" };
  assert.deepEqual(asked, [
    check,
    ["createRoute", { ...table, DestinationCidrBlock: "10.244.1.0/24", InstanceId: "i-0abc" }],
    check,
    ["replaceRoute", { ...table, DestinationIpv6CidrBlock: "fd00::/64", InstanceId: "i-0abc" }],
    ["deleteRoute", { ...table, DestinationCidrBlock: "10.244.1.0/24" }],
  ]);
});

const gcpPath = "https://www.googleapis.com/compute/v1/projects/p";

test("gcpRoutes() reads the routes of its network, by the whole addresses that the API gives", async () => {
  const hop = { nextHopInstance: `${gcpPath}/zones/z/instances/vm-1` };
  const ours = { description: "antrea: Pods of a Node", ...hop, name: "antrea-10-244-1-0-24-vm-1" };
  const { api } = recorded<GcpRouteApi>({
    listAsync: pages([
      { ...ours, destRange: "10.244.1.0/24", network: `${gcpPath}/global/networks/default` },
      { ...ours, destRange: "10.244.2.0/24", network: `${gcpPath}/global/networks/another` },
      {
        name: "default-route",
        destRange: "0.0.0.0/0",
        network: `${gcpPath}/global/networks/default`,
        nextHopGateway: `${gcpPath}/global/gateways/default-internet-gateway`,
      },
    ]),
  });
  const gcp = gcpRoutes(api, { routeTable: "p/default" });
  const routes = await gcp.list({ signal });
  assert.deepEqual(
    routes.map(({ destination, isOurs }) => `${destination} ${isOurs}`),
    ["10.244.1.0/24 true", "0.0.0.0/0 false"],
  );
  assert.equal(routes[0]?.target, gcp.targetOf(node("gce://p/z/vm-1"), cidr("10.244.1.0/24")));
});

test("gcpRoutes() makes the new route before it deletes the old one, and waits for each", async () => {
  const waited: string[] = [];
  const operation = (what: string) =>
    Promise.resolve([{ promise: () => (waited.push(what), Promise.resolve()) }]);
  const { api, asked } = recorded<GcpRouteApi>({
    insert: operation("insert"),
    delete: operation("delete"),
  });
  const destination = cidr("10.244.1.0/24");
  const target = "projects/p/zones/z/instances/vm-2";
  const before = { destination, target: "x", name: "antrea-10-244-1-0-24-vm-1", isOurs: true };
  await gcpRoutes(api, { routeTable: "p/default" }).put(
    { node: "n", destination, target },
    before,
    { signal },
  );
  assert.deepEqual(asked, [
    [
      "insert",
      {
        project: "p",
        routeResource: {
          name: "antrea-10-244-1-0-24-vm-2",
          description: "antrea: Pods of a Node",
          destRange: "10.244.1.0/24",
          network: "projects/p/global/networks/default",
          nextHopInstance: target,
          priority: 1000,
        },
      },
    ],
    ["delete", { project: "p", route: "antrea-10-244-1-0-24-vm-1" }],
  ]);
  assert.deepEqual(waited, ["insert", "delete"]);
});

test("azureRoutes() leads to the Node's address, under a name of its own or the one that is there", async () => {
  const { api, asked } = recorded<AzureRouteApi>({
    list: pages([
      {
        name: "antrea-10-244-1-0-24",
        addressPrefix: "10.244.1.0/24",
        nextHopType: "VirtualAppliance",
        nextHopIpAddress: "10.0.0.4",
        provisioningState: "Succeeded",
      },
      {
        name: "out",
        addressPrefix: "0.0.0.0/0",
        nextHopType: "Internet",
        provisioningState: "Succeeded",
      },
      { name: "tag", addressPrefix: "Storage", nextHopType: "Internet" },
    ]),
  });
  const azure = azureRoutes(api, { routeTable: "sub/group/table" });
  const [first, ...others] = await azure.list({ signal });
  assert.ok(first);
  assert.deepEqual(
    others.map(({ target, isOurs }) => `${target} ${isOurs}`),
    ["Internet false"],
  );
  const target =
    azure.targetOf(node("azure:///subscriptions/sub/vm", "10.0.0.5"), first.destination) ??
    assert.fail();
  asked.length = 0;
  await azure.put({ node: "n", destination: first.destination, target }, first, { signal });
  await azure.remove(first, { signal });
  assert.deepEqual(asked, [
    [
      "createOrUpdate",
      "group",
      "table",
      "antrea-10-244-1-0-24",
      {
        addressPrefix: "10.244.1.0/24",
        nextHopType: "VirtualAppliance",
        nextHopIpAddress: "10.0.0.5",
      },
    ],
    ["delete", "group", "table", "antrea-10-244-1-0-24"],
  ]);
});
