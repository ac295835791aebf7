import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNode } from "@antrea/api";
import { type Cidr, parseCidr } from "@antrea/net";
import { type AwsRouteApi, awsRoutes } from "./aws.ts";
import { type AzureRouteApi, azureRoutes } from "./azure.ts";
import { type GcpOperationApi, type GcpRouteApi, gcpRoutes } from "./gcp.ts";

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
  const gcp = gcpRoutes(api, gcpCloud().operations, { routeTable: "p/default" });
  const routes = await gcp.list({ signal });
  assert.deepEqual(
    routes.map(({ destination, isOurs }) => `${destination} ${isOurs}`),
    ["10.244.1.0/24 true", "0.0.0.0/0 false"],
  );
  assert.equal(routes[0]?.target, gcp.targetOf(node("gce://p/z/vm-1"), cidr("10.244.1.0/24")));
});

/** Google Cloud's table, which answers as its SDK does (@google-cloud/compute 7.8.0, REST): names are taken once. */
function gcpCloud() {
  const table = new Map<string, object>();
  const asked: string[] = [];
  const answer = (what: string) => {
    asked.push(what);
    const operation = { name: `operation-${asked.length}`, status: "RUNNING" };
    // no method promise(), which the types have
    const answer = { latestResponse: operation, done: false, metadata: null, result: {} };
    return [answer] as const;
  };
  const refuse = (code: number, message: string) => Object.assign(new Error(message), { code });
  const api = {
    listAsync: () => pages([...table.values()]),
    async insert({ routeResource }) {
      const name = routeResource.name ?? "";
      if (table.has(name)) throw refuse(10, `The resource '${name}' already exists`);
      table.set(name, routeResource);
      return answer(`insert ${name}`);
    },
    async delete({ route }) {
      if (!table.delete(route)) throw refuse(5, `The resource '${route}' was not found`);
      return answer(`delete ${route}`);
    },
  } as GcpRouteApi;
  let waits = 0;
  const operations: GcpOperationApi = {
    async wait({ operation }) {
      const isDone = ++waits % 2 === 0; // the first answer may come before it is done
      asked.push(`${operation} ${isDone ? "DONE" : "RUNNING"}`);
      return [{ status: isDone ? "DONE" : "RUNNING" }];
    },
  };
  const provider = gcpRoutes(api, operations, { routeTable: "p/default" });
  return { table, asked, api, operations, provider };
}

const gcpTarget = (zone: string, vm: string) => `projects/p/zones/${zone}/instances/${vm}`;

test("gcpRoutes() makes the new route before it deletes the old one, and waits until each is done", async () => {
  const { table, asked, provider } = gcpCloud();
  const destination = cidr("10.244.1.0/24");
  const put = async (target: string) => {
    const [before] = await provider.list({ signal });
    await provider.put({ node: "n", destination, target }, before, { signal });
    return [...table.keys()][0];
  };
  const first = await put(gcpTarget("z", "vm-1"));
  const second = await put(gcpTarget("z", "vm-2"));
  assert.deepEqual(asked, [
    `insert ${first}`,
    "operation-1 RUNNING",
    "operation-1 DONE",
    `insert ${second}`,
    "operation-4 RUNNING",
    "operation-4 DONE",
    `delete ${first}`,
    "operation-7 RUNNING",
    "operation-7 DONE",
  ]);
  assert.deepEqual(
    [...table.values()],
    [
      {
        name: second,
        description: "antrea: Pods of a Node",
        destRange: "10.244.1.0/24",
        network: "projects/p/global/networks/default",
        nextHopInstance: gcpTarget("z", "vm-2"),
        priority: 1000,
      },
    ],
  );
});

test("gcpRoutes() may be asked again: what is there already, or gone already, is no failure", async () => {
  const { table, provider } = gcpCloud();
  const route = { node: "n", destination: cidr("10.244.1.0/24"), target: gcpTarget("z", "vm-1") };
  await provider.put(route, undefined, { signal });
  const [before] = await provider.list({ signal });
  assert.ok(before);
  await provider.put(route, undefined, { signal });
  assert.equal(table.size, 1);
  const other = { ...route, target: gcpTarget("z", "vm-2") };
  await provider.put(other, before, { signal });
  await provider.put(other, before, { signal });
  assert.equal(table.size, 1);
  await provider.remove(before, { signal });
});

test("gcpRoutes() tells what it is refused, at once or by the operation", async () => {
  const { api, operations } = gcpCloud();
  const quota = { errors: [{ code: "QUOTA_EXCEEDED", message: "Quota 'ROUTES' exceeded" }] };
  const ended = { wait: async () => [{ status: "DONE", error: quota }] as const };
  const denied = { ...api, insert: () => Promise.reject(new Error("no permission")) };
  const route = { node: "n", destination: cidr("10.244.1.0/24"), target: gcpTarget("z", "vm-1") };
  const refused = { ...api, insert: async () => [{ latestResponse: { name: "o" } }] as const };
  for (const [routes, waiter, wanted] of [
    [refused, ended, /Quota 'ROUTES' exceeded/],
    [denied, operations, /no permission/],
  ] as const) {
    const provider = gcpRoutes(routes, waiter, { routeTable: "p/default" });
    await assert.rejects(provider.put(route, undefined, { signal }), wanted);
  }
});

test("gcpRoutes() names routes apart whatever instances are called, in 63 characters", async () => {
  const { table, provider } = gcpCloud();
  const long = "a".repeat(62);
  const targets = [`${long}1`, `${long}2`].flatMap((vm) => [
    gcpTarget("y", vm),
    gcpTarget("z", vm),
  ]);
  const destination = cidr("fd00:1111:2222:3333:4444:5555:6666:0/112");
  for (const target of targets)
    await provider.put({ node: "n", destination, target }, undefined, { signal });
  assert.equal(table.size, targets.length);
  for (const name of table.keys()) assert.match(name, /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/);
});

test("gcpRoutes() stops when it is told to, and waits for no operation", async () => {
  const { api } = gcpCloud();
  const stop = new AbortController();
  const never = { wait: () => new Promise<never>(() => stop.abort()) };
  const provider = gcpRoutes(api, never, { routeTable: "p/default" });
  const route = { node: "n", destination: cidr("10.244.1.0/24"), target: gcpTarget("z", "vm-1") };
  await assert.rejects(provider.put(route, undefined, { signal: stop.signal }), /abort/i);
  await assert.rejects(provider.put(route, undefined, { signal: stop.signal }), /abort/i);
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
