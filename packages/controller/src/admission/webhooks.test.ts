import assert from "node:assert/strict";
import { test } from "node:test";
import {
  adminPolicyKind,
  baselineAdminPolicyKind,
  type CustomKind,
  kubernetesClusterPolicyKind,
  clusterGroupKind,
  clusterNetworkPolicyKind,
  namespacedGroupKind,
  networkPolicyKind,
  parseCustom,
  tierKind,
} from "@antrea/api";
import fc from "fast-check";
import type { Knowledge, Validation } from "@antrea/policy/admission";
import { webhooks } from "./webhooks.ts";

const metadata = { name: "one" };
const drop = { action: "Drop" };
const spec = { priority: 5, appliedTo: [{ podSelector: {} }], ingress: [drop] };

const knowledge: Knowledge = {
  isComplete: true,
  tiers: async () => new Map([["mine", 7]]),
  tiersNow: async () => new Map([["mine", 7]]),
  policiesOf: (tier) => (tier === "mine" ? ["ClusterNetworkPolicy a"] : []),
  groups: (scope) => ({
    scope,
    childrenOf: (name) => (name === "web" ? [] : undefined),
    parentsOf: () => [],
    names: () => ["web"],
  }),
};

const paths = [
  ...["/validate/tier", "/validate/acnp", "/validate/annp", "/validate/clustergroup"],
  ...["/validate/anp", "/validate/banp"],
  ...["/validate/group", "/validate/cnp", "/mutate/acnp", "/mutate/annp"],
];

function server(more: Partial<Validation> = {}) {
  return webhooks({
    knowledge,
    hasAntreaPolicies: true,
    hasClusterPolicies: false,
    isL7Enabled: false,
    ownUsername: "controller",
    ...more,
  });
}

interface Answer {
  readonly allowed: boolean;
  readonly uid: string;
  readonly warnings?: readonly string[];
  readonly patch?: string;
  readonly status?: { readonly message: string; readonly code: number };
}

async function ask(path: string, request: object, more: Partial<Validation> = {}): Promise<Answer> {
  const body = JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "u-1",
      kind: { group: "crd.antrea.io", version: "v1beta1", kind: "Any" },
      operation: "CREATE",
      userInfo: { username: "jane" },
      name: "one",
      ...request,
    },
  });
  const answer = await server(more).answer(
    { method: "POST", path, body },
    { signal: new AbortController().signal },
  );
  assert.equal(answer.status, 200, answer.body);
  const { response } = JSON.parse(answer.body) as { readonly response: Answer };
  assert.equal(response.uid, "u-1");
  return response;
}

function patchOf({ patch = "" }: Answer): unknown {
  return JSON.parse(Buffer.from(patch, "base64").toString());
}

test("webhooks() puts in what the author left out, and nothing where all is said", async () => {
  const answer = await ask("/mutate/acnp", { object: { metadata, spec } });
  assert.deepEqual(patchOf(answer), [
    { op: "add", path: "/spec/tier", value: "application" },
    { op: "add", path: "/spec/ingress/0/name", value: "ingress-drop-b9ba700" },
  ]);
  const said = { ...spec, tier: "platform", ingress: [{ ...drop, name: "a" }] };
  assert.equal((await ask("/mutate/annp", { object: { metadata, spec: said } })).patch, undefined);
});

test("webhooks() leaves what cannot be read to who validates", async () => {
  const object = { metadata, spec: { ...spec, priority: "five" } };
  assert.ok((await ask("/mutate/acnp", { object })).allowed);
  const { allowed, status } = await ask("/validate/acnp", { object });
  assert.equal(allowed, false);
  assert.deepEqual(
    [status?.code, status?.message],
    [422, 'spec.priority is "five", but must be a number'],
  );
});

test("webhooks() lets an object change that asks for what it asked for before", async () => {
  const bad = { ...spec, tier: "none" };
  const [oldObject, object] = [
    { metadata, spec: bad },
    { metadata: { ...metadata, labels: { a: "b" } }, spec: bad },
  ];
  const update = { operation: "UPDATE", object, oldObject };
  assert.ok((await ask("/validate/acnp", update)).allowed);
  const other = { ...update, object: { metadata, spec: { ...bad, priority: 6 } } };
  assert.equal((await ask("/validate/acnp", other)).allowed, false);
});

test("webhooks() takes no more of what nobody enforces while the gate AntreaPolicy is closed, and lets go of it", async () => {
  const closed = { hasAntreaPolicies: false };
  const object = { metadata, spec };
  const tier = { metadata, spec: { priority: 9 } };
  const group = { metadata, spec: { podSelector: {} } };
  for (const [path, one] of Object.entries({
    acnp: object,
    annp: object,
    tier,
    group,
    clustergroup: group,
  })) {
    const { allowed, status } = await ask(`/validate/${path}`, { object: one }, closed);
    assert.equal(allowed, false, path);
    assert.match(
      status?.message ?? "",
      /^kind is \w+ of crd\.antrea\.io, but .* open the feature gate AntreaPolicy/,
    );
  }
  const unfinalized = {
    operation: "UPDATE",
    object: { ...object, metadata: {} },
    oldObject: object,
  };
  assert.ok((await ask("/validate/acnp", unfinalized, closed)).allowed);
  assert.ok(
    (await ask("/validate/tier", { operation: "DELETE", oldObject: tier }, closed)).allowed,
  );
});

test("webhooks() warns of groups that are not there yet, and names others like them, only where who asks may see them", async () => {
  const named = { ...spec, appliedTo: [{ group: "web" }, { group: "wep" }] };
  const request = { object: { metadata, spec: named } };
  const { warnings } = await ask("/validate/acnp", request, { mayTellNames: true });
  assert.deepEqual(warnings, [
    'spec.appliedTo[1].group is "wep": there is no such ClusterGroup yet, and it stands for nobody until there is; did you mean "web"?',
  ]);
  assert.equal((await ask("/validate/acnp", request)).warnings, undefined);
});

test("webhooks() answers the same of what there is and what there is not, in whatever Namespace", async () => {
  const named = (name: string) => ({
    group: {
      ...spec,
      appliedTo: [{ group: name }],
      ingress: [{ action: "Drop", from: [{ group: name }] }],
    },
    namespace: {
      ...spec,
      appliedTo: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } }],
    },
    account: { ...spec, appliedTo: [{ serviceAccount: { name, namespace: name } }] },
    service: { ...spec, egress: [{ action: "Drop", toServices: [{ name, namespace: name }] }] },
  });
  const [there, not] = [named("web"), named("xyz")];
  for (const what of Object.keys(there) as (keyof typeof there)[])
    for (const path of ["/validate/acnp", "/validate/annp"]) {
      const answers = [there, not].map(async (specs) =>
        JSON.stringify(await ask(path, { object: { metadata, spec: specs[what] } })),
      );
      const [first, second = ""] = await Promise.all(answers);
      assert.equal(first, second.replaceAll("xyz", "web"), `${path} ${what}`);
    }
});

test("webhooks() answers within a moment of a policy that names 100,000 groups that are not there, and warns of some", async () => {
  const groups = Array.from({ length: 100_000 }, (_, i) => ({ group: `some-group-${i}` }));
  const names = Array.from({ length: 1_000 }, (_, i) => `group-of-others-${i}`);
  const many = { ...knowledge.groups("cluster", ""), names: () => names };
  const object = { metadata, spec: { ...spec, appliedTo: groups } };
  const begun = process.cpuUsage();
  const { allowed, warnings = [] } = await ask(
    "/validate/acnp",
    { object },
    { knowledge: { ...knowledge, groups: () => many }, mayTellNames: true },
  );
  const { user } = process.cpuUsage(begun);
  assert.deepEqual([allowed, warnings.length], [true, 11]);
  assert.match(warnings.at(-1) ?? "", /There is more of this sort/);
  assert.ok(user < 2_000_000, `${user} µs`);
});

test("webhooks() lets the controller alone move a Tier", async () => {
  const tier = (priority: number) => ({ metadata, spec: { priority } });
  const update = { operation: "UPDATE", object: tier(8), oldObject: tier(7) };
  assert.equal((await ask("/validate/tier", update)).allowed, false);
  const own = { ...update, userInfo: { username: "controller" } };
  assert.ok((await ask("/validate/tier", own)).allowed);
});

test("webhooks() refuses while it does not know the cluster, except to put in defaults", async () => {
  const fresh = { knowledge: { ...knowledge, isComplete: false } };
  const request = { object: { metadata, spec } };
  const { status } = await ask("/validate/acnp", request, fresh);
  assert.equal(status?.code, 503);
  assert.ok((await ask("/mutate/acnp", request, fresh)).allowed);
});

test("webhooks() answers its own paths, by POST, to AdmissionReviews of version v1", async () => {
  const { mostBodyBytes, answer } = server();
  for (const path of paths) assert.equal(mostBodyBytes(path), 4 << 20, path);
  for (const path of ["/", "/validate", "/validate/acnp/", "/metrics", "/mutate/tier"])
    assert.equal(mostBodyBytes(path), undefined, path);
  const options = { signal: new AbortController().signal };
  const statusOf = async (method: string, body: string) =>
    (await answer({ method, path: "/validate/acnp", body }, options)).status;
  assert.equal(await statusOf("GET", ""), 405);
  const v1beta1 = { apiVersion: "admission.k8s.io/v1beta1", kind: "AdmissionReview", request: {} };
  for (const body of ["", "{", "null", "[]", "{}", JSON.stringify(v1beta1)])
    assert.equal(await statusOf("POST", body), 400, body);
});

/** Values near to what policies are made of, so that some are accepted. */
const label = fc.constantFrom("a", "a.b/c", "-bad", "");
const selector = fc.record(
  {
    matchLabels: fc.dictionary(label, label, { maxKeys: 2 }),
    matchExpressions: fc.constantFrom([], [{ key: "a", operator: "In" }], null),
  },
  { requiredKeys: [] },
);
const block = fc.record(
  {
    cidr: fc.constantFrom("10.0.0.0/8", "224.0.0.0/4", "::/0", "10.0.0.1", 7),
    except: fc.constantFrom([], ["10.1.0.0/16"], ["10.0.0.0/8"]),
  },
  { requiredKeys: ["cidr"] },
);
const party = fc.record(
  {
    podSelector: selector,
    namespaceSelector: selector,
    nodeSelector: selector,
    group: fc.constantFrom("web", ""),
    ipBlock: block,
    namespaces: fc.constantFrom({ match: "Self" }, { sameLabels: ["a"] }, {}),
    service: fc.constant({ name: "a", namespace: "b" }),
    serviceAccount: fc.constant({ name: "a", namespace: "b" }),
    fqdn: fc.constantFrom("*.a.com", "a_b"),
  },
  { requiredKeys: [] },
);
const number = fc.constantFrom(0, 1, 80, 65_535, 65_536, "web", "80", null);
const rule = fc.record(
  {
    action: fc.constantFrom("Allow", "Drop", "Reject", "Pass", "allow"),
    name: fc.constantFrom("a", ""),
    from: fc.array(party, { maxLength: 2 }),
    to: fc.array(party, { maxLength: 2 }),
    appliedTo: fc.array(party, { maxLength: 1 }),
    ports: fc.array(
      fc.record(
        {
          port: number,
          endPort: number,
          sourcePort: number,
          sourceEndPort: number,
          protocol: fc.constantFrom("TCP", "UDP", "IP"),
        },
        { requiredKeys: [] },
      ),
      { maxLength: 2 },
    ),
    protocols: fc.array(
      fc.constantFrom({ icmp: {} }, { igmp: { groupAddress: "224.0.0.1" } }, {}),
      { maxLength: 1 },
    ),
    toServices: fc.array(fc.constantFrom({ name: "a", namespace: "b" }, { name: "a" }), {
      maxLength: 1,
    }),
    l7Protocols: fc.constantFrom([], [{ http: { method: "GET" } }]),
    logLabel: fc.constantFrom("a", "b c"),
  },
  { requiredKeys: ["action"] },
);
const nearPolicy = fc.record(
  {
    priority: fc.constantFrom(1, 2.5, 10_000, 0, "1"),
    tier: fc.constantFrom("mine", "baseline", "", "none"),
    appliedTo: fc.array(party, { maxLength: 2 }),
    ingress: fc.array(rule, { maxLength: 2 }),
    egress: fc.array(rule, { maxLength: 2 }),
  },
  { requiredKeys: ["priority"] },
);
const nearGroup = fc.record(
  {
    podSelector: selector,
    namespaceSelector: selector,
    nodeSelector: selector,
    ipBlocks: fc.array(block),
    childGroups: fc.array(label),
    serviceReference: fc.constantFrom({}, { name: "a" }),
  },
  { requiredKeys: [] },
);
const anySpec = fc.oneof(
  nearPolicy,
  nearGroup,
  fc.record({ priority: fc.integer() }),
  fc.anything(),
);
const anyObject = fc.oneof(
  { weight: 9, arbitrary: fc.record({ metadata: fc.constant(metadata), spec: anySpec }) },
  { weight: 1, arbitrary: fc.jsonValue() },
);

const kinds = new Map<string, Pick<CustomKind<unknown>, "kind" | "fields">>([
  ["/validate/anp", adminPolicyKind],
  ["/validate/banp", baselineAdminPolicyKind],
  ["/validate/cnp", kubernetesClusterPolicyKind],
  ["/validate/tier", tierKind],
  ["/validate/acnp", clusterNetworkPolicyKind],
  ["/validate/annp", networkPolicyKind],
  ["/validate/clustergroup", clusterGroupKind],
  ["/validate/group", namespacedGroupKind],
]);

test("webhooks() answers whatever it is asked about, and what it accepts can be read", async (t) => {
  let accepted = 0;
  const law = fc.asyncProperty(
    fc.constantFrom(...paths),
    fc.constantFrom("CREATE", "UPDATE", "DELETE", "CONNECT"),
    anyObject,
    fc.option(anyObject, { nil: undefined }),
    async (path, operation, object, oldObject) => {
      const { allowed } = await ask(path, { operation, object, oldObject });
      const kind = kinds.get(path);
      if (!allowed || !kind || operation !== "CREATE") return;
      const parsed = parseCustom(kind, {
        metadata,
        ...(JSON.parse(JSON.stringify(object)) as object),
      });
      assert.ok("value" in parsed, JSON.stringify(parsed));
      accepted += 1;
    },
  );
  const seed = Date.now();
  t.diagnostic(`seed ${seed}`);
  await fc.assert(law, { numRuns: 3000, seed });
  t.diagnostic(`${accepted} of 3000 accepted`);
  assert.ok(accepted > 30, "enough of them are accepted for this to say something");
});

test("webhooks() accepts what it has put defaults into", async () => {
  const law = fc.asyncProperty(nearPolicy, async (near) => {
    const object = { metadata, spec: near };
    if (!(await ask("/validate/acnp", { object })).allowed) return;
    const answer = await ask("/mutate/acnp", { object });
    const steps = answer.patch ? (patchOf(answer) as { path: string; value: string }[]) : [];
    const patched = structuredClone(object) as never;
    for (const { path, value } of steps) put(patched, path.split("/").slice(1), value);
    const whole = { operation: "UPDATE", object: patched, oldObject: {} };
    assert.deepEqual((await ask("/validate/acnp", whole)).status, undefined);
    assert.equal((await ask("/mutate/acnp", whole)).patch, undefined);
  });
  await fc.assert(law, { numRuns: 1000 });
});

function put(object: Record<string, unknown>, [key = "", ...rest]: string[], value: unknown): void {
  if (rest.length === 0) object[key] = value;
  else put(object[key] as Record<string, unknown>, rest, value);
}
