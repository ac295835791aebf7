import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CRD_GROUP, nodeAnnotations, objectNames } from "@antrea/api";
import { systemClock } from "@antrea/base/io";
import {
  isKubeError,
  type KubeClient,
  type KubeErrorCode,
  type KubeObject,
  resource,
  resources,
} from "@antrea/kube";
import { kubeAssets, startApiServer, type TestApiServer, testClient } from "@antrea/kube/testing";
import { apiVersion as controlplaneVersion, streamNames } from "@antrea/policy/controlplane";
import { type Account, accounts, type Rule } from "./rbac.ts";

/** What our ServiceAccounts may do, asked of a real API server with their real tokens. */

const manifest = fileURLToPath(new URL("../antrea.yml", import.meta.url));
const { namespace } = objectNames;
const nodeName = "node-1";
let server: TestApiServer;
/** Of each account, by a token as the kubelet asks for it: bound to a Pod on node-1. */
const clients = new Map<string, KubeClient>();
const clientOf = (account: string) => clients.get(account) ?? assert.fail(account);

before(async () => {
  server = await startApiServer();
  await kubectl("apply", "-f", manifest);
  for (const name of [nodeName, "node-2"])
    await server.client.create(resources.nodes, { metadata: { name, labels: { zone: "a" } } });
  await server.client.create(resources.serviceAccounts, {
    metadata: { namespace, name: "nobody" },
  });
  for (const account of ["nobody", ...accounts.map(({ name }) => name)])
    clients.set(account, await clientInPod(account));
  await untilInForce();
});

after(async () => {
  for (const client of clients.values()) client.close();
  await server?.stop();
});

async function kubectl(...args: readonly string[]): Promise<string> {
  const command = join(kubeAssets(), "kubectl");
  const all = ["--kubeconfig", server.kubeconfig, ...args];
  return (await promisify(execFile)(command, all, { encoding: "utf8" })).stdout;
}

async function clientInPod(account: string): Promise<KubeClient> {
  const pod = await server.client.create(resources.pods, {
    metadata: { namespace, name: `pod-of-${account}` },
    spec: {
      nodeName,
      serviceAccountName: account,
      containers: [{ name: "main", image: "none" }],
    },
  });
  const { name = "", uid = "" } = pod.metadata ?? {};
  const bound = { apiVersion: "v1", kind: "Pod", name, uid };
  return testClient({
    ...server.access,
    credentials: { kind: "token", token: await tokenOf(account, { boundObjectRef: bound }) },
  });
}

async function tokenOf(account: string, spec: object): Promise<string> {
  const answer = await server.client.request({
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec }),
  });
  return (answer as { readonly status: { readonly token: string } }).status.token;
}

/** The API server takes up new policies and kinds within a second or two: until each of them refuses something. */
async function untilInForce(): Promise<void> {
  const [agent, controller] = [clientOf(objectNames.agent), clientOf(objectNames.controller)];
  let count = 0; // a patch that changes nothing is never refused
  const label = () => ({ metadata: { labels: { probe: String(++count) } } });
  for (const attempt of [
    () => patchNode(agent, "node-2", label()),
    () => patchNode(controller, "node-2", label()),
    () => applyInfo(agent, "node-2"),
    () => agent.create(resources.events, eventAbout("Pod", nodeName)),
  ])
    await untilRefused(attempt);
  await server.client.delete(infos, { name: "node-2" }).catch((error: unknown) => {
    if (!isKubeError(error, "not-found")) throw error;
  });
}

async function untilRefused(attempt: () => Promise<unknown>): Promise<void> {
  const deadline = AbortSignal.timeout(30_000);
  for (;;) {
    const refusal = await attempt().catch((error: unknown) => error);
    if (isKubeError(refusal, "forbidden") && /ValidatingAdmissionPolicy/.test(refusal.message))
      return;
    if (deadline.aborted) assert.fail(`not in force: ${String(refusal)}`);
    await systemClock.sleep(50);
  }
}

const refusedWith =
  (code: KubeErrorCode, sentence: RegExp) =>
  (error: unknown): true => {
    assert.ok(isKubeError(error), String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, sentence);
    return true;
  };

const infos = resource<KubeObject & Readonly<Record<string, unknown>>>(
  `${CRD_GROUP}/v1beta1`,
  "AntreaAgentInfo",
  "antreaagentinfos",
  "cluster",
);

function patchNode(client: KubeClient, name: string, body: object): Promise<unknown> {
  return client.patch(resources.nodes, { name }, { kind: "merge", body });
}

/** One thing that may be allowed or not, as it is written: "patch nodes", "get leases.coordination.k8s.io in kube-system". */
interface Act {
  readonly verb: string;
  readonly group: string;
  /** With the subresource, as in "pods/exec". */
  readonly resource: string;
  /** "" for the whole cluster. */
  readonly namespace: string;
}

const allVerbs = [
  ...["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
] as const;

/** Verbs that are no requests, but rights that others look for. */
const otherVerbs: readonly (readonly [
  group: string,
  resource: string,
  verbs: readonly string[],
])[] = [
  ["", "users", ["impersonate"]],
  ["", "groups", ["impersonate"]],
  ["", "serviceaccounts", ["impersonate"]],
  ["authentication.k8s.io", "userextras/scopes", ["impersonate"]],
  ["authentication.k8s.io", "uids", ["impersonate"]],
  ["rbac.authorization.k8s.io", "roles", ["bind", "escalate"]],
  ["rbac.authorization.k8s.io", "clusterroles", ["bind", "escalate"]],
  ["certificates.k8s.io", "signers", ["approve", "sign", "attest"]],
  ["", "nodes/proxy", ["get", "create"]],
  ["", "nodes/metrics", ["get"]],
  ["", "configmaps", ["*"]],
  ["*", "*", ["*"]],
];

/** Every verb on every resource and subresource that the server has, in the cluster and where our objects are. */
async function everyAct(): Promise<readonly Act[]> {
  const found = new Map<string, Act>();
  const add = (verb: string, group: string, name: string, places: readonly string[]): void => {
    for (const place of places)
      found.set([verb, group, name, place].join(" "), {
        ...{ verb, group, resource: name, namespace: place },
      });
  };
  for (const { groupVersion, resources: some } of await discovered()) {
    const group = groupVersion.includes("/") ? (groupVersion.split("/")[0] ?? "") : "";
    for (const { name, namespaced } of some)
      for (const verb of allVerbs)
        add(verb, group, name, namespaced ? ["", namespace, "default"] : [""]);
  }
  for (const [group, name, verbs] of otherVerbs)
    for (const verb of verbs) add(verb, group, name, ["", namespace]);
  return [...found.values()];
}

interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly { readonly name: string; readonly namespaced: boolean }[];
}

async function discovered(): Promise<readonly ResourceList[]> {
  const { groups } = (await server.client.request({ path: "/apis" })) as {
    readonly groups: readonly { readonly versions: readonly { readonly groupVersion: string }[] }[];
  };
  const paths = groups.flatMap(({ versions }) =>
    versions.map(({ groupVersion }) => `/apis/${groupVersion}`),
  );
  const own = `/apis/${controlplaneVersion}`; // nobody serves it here
  const others = await Promise.all(
    ["/api/v1", ...paths.filter((path) => path !== own)].map(
      async (path) => (await server.client.request({ path })) as ResourceList,
    ),
  );
  const names = [...streamNames, "networkpolicystatuses"];
  const ours = names.map((name) => ({ name, namespaced: false }));
  return [...others, { groupVersion: controlplaneVersion, resources: ours }];
}

/** Asks the server, as this client, whether it would be allowed. */
async function isAllowed(client: KubeClient, attributes: object): Promise<boolean> {
  const answer = await client.request({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: JSON.stringify({
      ...{ apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview" },
      spec: attributes,
    }),
  });
  return (answer as { readonly status: { readonly allowed: boolean } }).status.allowed;
}

function attributesOf({ verb, group, resource: name, namespace: place }: Act, object?: string) {
  const [plural, subresource] = name.split("/");
  return {
    resourceAttributes: {
      ...{ verb, group, resource: plural, subresource, namespace: place, name: object },
    },
  };
}

/** Those of `acts` that this client may do, in words. */
async function allowedOf(client: KubeClient, acts: readonly Act[]): Promise<readonly string[]> {
  const allowed: string[] = [];
  const queue = [...acts];
  const worker = async (): Promise<void> => {
    for (let act = queue.pop(); act; act = queue.pop())
      if (await isAllowed(client, attributesOf(act))) allowed.push(wordsOf(act));
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return allowed.sort();
}

function wordsOf({ verb, group, resource: name, namespace: place }: Act): string {
  const full = group === "" ? name : `${name}.${group}`;
  return `${verb} ${full}${place === "" ? "" : ` in ${place}`}`;
}

/** What the rules of rbac.ts say, in the same words. A rule for named objects says nothing of others. */
function declaredOf(account: Account, acts: readonly Act[]): readonly string[] {
  const says = (rules: readonly Rule[], { verb, group, resource: name }: Act) =>
    rules.some(
      (rule) =>
        rule.resourceNames === undefined &&
        rule.apiGroups.includes(group) &&
        rule.resources.includes(name) &&
        rule.verbs.includes(verb),
    );
  return acts
    .filter(
      (act) =>
        says(account.clusterRules, act) ||
        (act.namespace === namespace && says(account.namespaceRules, act)) ||
        (act.namespace === "default" && says(account.eventRules ?? [], act)),
    )
    .map(wordsOf)
    .sort();
}

test("each account may do what its rules say and what everybody may, and nothing else that the server knows", async (t) => {
  const acts = await everyAct();
  t.diagnostic(`${acts.length} acts`);
  assert.ok(acts.length > 1000);
  const everybody = new Set(await allowedOf(clientOf("nobody"), acts));
  for (const account of accounts) {
    const allowed = await allowedOf(clientOf(account.name), acts);
    assert.deepEqual(
      allowed.filter((one) => !everybody.has(one)),
      declaredOf(account, acts).filter((one) => !everybody.has(one)),
      account.name,
    );
  }
});

test("rules for named objects hold for these names alone", async () => {
  const named = accounts.flatMap(({ name: account, namespaceRules }) =>
    namespaceRules.flatMap((rule) =>
      (rule.resourceNames ?? []).flatMap((object) =>
        rule.verbs.map((verb) => ({
          ...{ account, object, verb },
          group: rule.apiGroups[0] ?? "",
          resource: rule.resources[0] ?? "",
          namespace,
        })),
      ),
    ),
  );
  assert.ok(named.length > 0);
  for (const { account, object, ...act } of named) {
    const client = clientOf(account);
    assert.equal(await isAllowed(client, attributesOf(act, object)), true, wordsOf(act));
    for (const other of ["another", ""])
      assert.equal(await isAllowed(client, attributesOf(act, other)), false, wordsOf(act));
    assert.equal(
      await isAllowed(client, attributesOf({ ...act, namespace: "default" }, object)),
      false,
    );
  }
});

test("antctl's account may read what our programs serve, and nothing else that is no object; the others what everybody may", async () => {
  const { pathRules = [] } = accounts.find(({ name }) => name === objectNames.antctl) ?? {};
  const declared = new Set(pathRules.flatMap(({ nonResourceURLs }) => nonResourceURLs));
  assert.ok(declared.has("/agentinfo") && declared.has("/controllerinfo"));
  const others = ["/metrics", "/ovstracing", "/connectivity", "/logs", "/debug/pprof", "/", "*"];
  for (const { name: account } of accounts)
    for (const path of [...declared, ...others])
      for (const verb of ["get", "put", "post", "delete", "*"])
        assert.equal(
          await isAllowed(clientOf(account), { nonResourceAttributes: { path, verb } }),
          verb === "get" &&
            (path === "/version" || (account === objectNames.antctl && declared.has(path))),
          `${account} ${verb} ${path}`,
        );
});

test("no binding but ours names our accounts", async () => {
  const text = await kubectl("get", "rolebindings,clusterrolebindings", "-A", "-o", "json");
  const { items } = JSON.parse(text) as {
    readonly items: readonly {
      readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
      readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
    }[];
  };
  const names = new Set(accounts.map(({ name }) => name));
  const ours = items.filter(({ subjects = [] }) =>
    subjects.some(({ kind, name }) => kind === "ServiceAccount" && names.has(name)),
  );
  for (const { metadata } of ours) assert.equal(metadata.labels?.["app"], "antrea", metadata.name);
});

test("an agent writes its own Node's annotations, AntreaAgentInfo and Events", async () => {
  const agent = clientOf(objectNames.agent);
  const annotations = { [nodeAnnotations.transportNetworks]: "10.0.0.1/24" };
  await patchNode(agent, nodeName, { metadata: { annotations } });
  const node = await server.client.get(resources.nodes, { name: nodeName });
  assert.equal(node.metadata?.annotations?.[nodeAnnotations.transportNetworks], "10.0.0.1/24");
  await patchNode(agent, nodeName, {
    metadata: { annotations: { [nodeAnnotations.transportNetworks]: null } },
  });
  await applyInfo(agent, nodeName);
  await applyInfo(agent, nodeName);
  await agent.create(resources.events, eventAbout("Node", nodeName));
});

function applyInfo(client: KubeClient, name: string): Promise<unknown> {
  const object = {
    ...{ apiVersion: `${CRD_GROUP}/v1beta1`, kind: "AntreaAgentInfo" },
    metadata: { name },
    version: "v0.1.0",
  };
  return client.apply(infos, object, { fieldManager: "antrea-agent", force: true });
}

let events = 0;
function eventAbout(kind: string, name: string) {
  return {
    metadata: { namespace: "default", name: `event-${++events}` },
    involvedObject: { apiVersion: "v1", kind, name },
    reason: "Test",
  };
}

test("an agent cannot write of another Node, nor more of its own than its annotations", async () => {
  const agent = clientOf(objectNames.agent);
  const own = { [nodeAnnotations.transportNetworks]: "10.0.0.2/24" };
  const otherNode = /antrea-agent changes its own Node alone/;
  const onlyAnnotations = /nothing of a Node but annotations node\.antrea\.io\/\*/;
  const attempts: readonly (readonly [RegExp, string, object])[] = [
    [otherNode, "node-2", { metadata: { annotations: own } }],
    [onlyAnnotations, nodeName, { metadata: { labels: { zone: "b" } } }],
    [onlyAnnotations, nodeName, { metadata: { labels: { zone: null } } }],
    [onlyAnnotations, nodeName, { metadata: { annotations: { "example.com/x": "1" } } }],
    [onlyAnnotations, nodeName, { metadata: { annotations: { kept: null } } }],
    [onlyAnnotations, nodeName, { metadata: { finalizers: ["example.com/stay"] } }],
    [onlyAnnotations, nodeName, { spec: { unschedulable: true } }],
    [onlyAnnotations, nodeName, { spec: { podCIDR: "10.9.0.0/24", podCIDRs: ["10.9.0.0/24"] } }],
    [onlyAnnotations, nodeName, { spec: { taints: [{ key: "x", effect: "NoExecute" }] } }],
  ];
  await kubectl("annotate", "node", nodeName, "kept=yes");
  for (const [why, name, body] of attempts)
    await assert.rejects(patchNode(agent, name, body), refusedWith("forbidden", why));
  await assert.rejects(
    applyInfo(agent, "node-2"),
    refusedWith("forbidden", /AntreaAgentInfo of its own Node alone/),
  );
  for (const event of [eventAbout("Node", "node-2"), eventAbout("Pod", nodeName)])
    await assert.rejects(
      agent.create(resources.events, event),
      refusedWith("forbidden", /Events of its own Node alone/),
    );
});

test("a token of the agent's account that is bound to no Node writes nothing", async () => {
  const token = await tokenOf(objectNames.agent, {});
  const loose = testClient({ ...server.access, credentials: { kind: "token", token } });
  try {
    for (const write of [
      () => patchNode(loose, nodeName, { metadata: { annotations: { "node.antrea.io/x": "1" } } }),
      () => applyInfo(loose, nodeName),
      () => loose.create(resources.events, eventAbout("Node", nodeName)),
    ])
      await assert.rejects(write(), refusedWith("forbidden", /bound to no Pod on a Node/));
  } finally {
    loose.close();
  }
});

test("the controller gives a Node its Pod CIDR, and changes nothing else of it", async () => {
  const controller = clientOf(objectNames.controller);
  const only = /antrea-controller changes nothing of a Node but its Pod CIDRs/;
  for (const body of [
    { metadata: { labels: { zone: "b" } } },
    { metadata: { annotations: { [nodeAnnotations.macAddress]: "0a:00:00:00:00:01" } } },
    { spec: { taints: [{ key: "x", effect: "NoExecute" }] } },
    { spec: { unschedulable: true } },
  ])
    await assert.rejects(patchNode(controller, "node-2", body), refusedWith("forbidden", only));
  await patchNode(controller, "node-2", {
    spec: { podCIDR: "10.9.2.0/24", podCIDRs: ["10.9.2.0/24"] },
  });
});

test("an API server without admission policies gets the rest of antrea.yml, and kubectl names what is left out", async () => {
  const group = "--runtime-config=admissionregistration.k8s.io/v1=false";
  const plugins = ["ServiceAccount", "MutatingAdmissionPolicy", "ValidatingAdmissionPolicy"];
  const webhooks = ["MutatingAdmissionWebhook", "ValidatingAdmissionWebhook"];
  const off = `--disable-admission-plugins=${[...plugins, ...webhooks].join()}`;
  await using older = await startApiServer({ args: [group, off] });
  const command = join(kubeAssets(), "kubectl");
  const args = ["--kubeconfig", older.kubeconfig, "apply", "-f", manifest];
  const said = await promisify(execFile)(command, args).then(
    () => assert.fail("kubectl says nothing of what it left out"),
    (failure: { readonly stdout: string; readonly stderr: string }) => failure,
  );
  assert.match(said.stdout, /daemonset\.apps\/antrea-agent created/);
  const lines = said.stderr.trim().split("\n");
  assert.deepEqual(
    lines.filter(
      (line) =>
        !/kind "(?:ValidatingAdmissionPolicy(?:Binding)?|(?:Mutat|Validat)ingWebhookConfiguration)"|CRDs/.test(
          line,
        ),
    ),
    [],
  );
});

test("whoever steals a token reads no Secret, makes no Pod, becomes nobody else and gets no more rights", async () => {
  await server.client.create(resources.secrets, { metadata: { namespace, name: "of-others" } });
  for (const { name: account } of accounts) {
    const client = clientOf(account);
    const asAdmin = { "impersonate-user": "admin", "impersonate-group": "system:masters" };
    const attacks: readonly (() => Promise<unknown>)[] = [
      () => client.get(resources.secrets, { namespace, name: "of-others" }),
      () => client.list(resources.secrets, {}),
      () => client.list(resources.secrets, { namespace }),
      () => client.create(resources.secrets, { metadata: { namespace, name: "mine" } }),
      () =>
        client.create(resources.pods, {
          metadata: { namespace, name: "mine" },
          spec: { containers: [{ name: "main", image: "none" }] },
        }),
      () => client.request({ path: "/api/v1/nodes", headers: asAdmin }),
      () =>
        client.request({
          method: "POST",
          path: `/api/v1/namespaces/${namespace}/serviceaccounts/nobody/token`,
          body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" }),
        }),
      () =>
        client.create(resources.clusterRoleBindings, {
          metadata: { name: "mine" },
          roleRef: {
            ...{ apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole" },
            name: "cluster-admin",
          },
          subjects: [{ kind: "ServiceAccount", name: account, namespace }],
        }),
      () =>
        client.patch(
          resources.clusterRoles,
          { name: account },
          { kind: "json", body: [{ op: "add", path: "/rules/-", value: { verbs: ["*"] } }] },
        ),
      () => client.delete(resources.nodes, { name: "node-2" }),
      () => client.request({ path: `/api/v1/nodes/${nodeName}/proxy/pods` }),
      () => client.request({ path: "/metrics" }),
      () => client.request({ path: "/debug/pprof/" }),
      () => client.request({ path: "/logs/" }),
    ];
    for (const attack of attacks)
      await assert.rejects(
        attack(),
        refusedWith("forbidden", new RegExp(`${namespace}:${account}`)),
      );
  }
});
