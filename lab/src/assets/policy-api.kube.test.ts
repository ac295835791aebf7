import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import {
  adminPolicyKind,
  baselineAdminPolicyKind,
  type ForeignKind,
  kubernetesClusterPolicyKind,
  parseCustom,
} from "@antrea/api";
import { systemClock } from "@antrea/base/io";
import { isKubeError, type KubeObject, type Resource, resource, resources } from "@antrea/kube";
import { startApiServer, type TestApiServer } from "@antrea/kube/testing";
import fc from "fast-check";
import { parse } from "yaml";
import { policyApiDefinitions } from "./policy-api.ts";

/** Our readers of policy.networking.k8s.io beside upstream's own definitions, and the server that follows these. */

const kinds: readonly ForeignKind<unknown>[] = [
  kubernetesClusterPolicyKind,
  adminPolicyKind,
  baselineAdminPolicyKind,
];

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
}

interface Definition extends KubeObject {
  readonly spec: {
    readonly names: { readonly kind: string; readonly plural: string };
    readonly scope: string;
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

const definitions = policyApiDefinitions().map(
  (file) => parse(readFileSync(file, "utf8")) as Definition,
);

function definitionFor({ kind }: ForeignKind<unknown>): Definition {
  const found = definitions.find(({ spec }) => spec.names.kind === kind);
  return found ?? assert.fail(`There is no definition of ${kind}: run "make install"`);
}

/** Every member by its path, as ours has it and as upstream's does. */
function membersOf(schema: Schema, at = ""): readonly string[] {
  const { properties = {}, items, additionalProperties, enum: words } = schema;
  return [
    ...(words ? [`${at} = ${words.toSorted().join("|")}`] : []),
    ...Object.entries(properties).flatMap(([name, inner]) => [
      `${at}.${name}`,
      ...membersOf(inner, `${at}.${name}`),
    ]),
    ...(items ? membersOf(items, `${at}[]`) : []),
    ...(additionalProperties ? membersOf(additionalProperties, `${at}{}`) : []),
  ].sort();
}

for (const kind of kinds)
  test(`${kind.kind} is read with all members that its definition has`, () => {
    const { spec } = definitionFor(kind);
    assert.equal(spec.names.plural, kind.plural);
    assert.equal(spec.scope, kind.scope);
    const version = spec.versions.find(({ name }) => name === kind.version);
    const theirs = version?.schema.openAPIV3Schema.properties?.["spec"] ?? {};
    const ours = (kind.fields.schema as Schema).properties?.["spec"] ?? {};
    // words of protocols and operators are in upstream's documentation alone: our webhook holds policies to them
    const documented = / = (?:SCTP\|TCP\|UDP|DoesNotExist\|Exists\|In\|NotIn)$/;
    assert.deepEqual(
      membersOf(ours).filter((one) => !documented.test(one)),
      membersOf(theirs),
    );
  });

test("kubernetesClusterPolicyKind has the same members in every version that is served", () => {
  const [first, ...others] = definitionFor(kubernetesClusterPolicyKind).spec.versions.map(
    ({ schema }) => membersOf(schema.openAPIV3Schema.properties?.["spec"] ?? {}),
  );
  assert.ok(others.length > 0);
  for (const other of others) assert.deepEqual(other, first);
});

let server: TestApiServer;

before(async () => {
  server = await startApiServer();
  for (const definition of definitions)
    await server.client.create<KubeObject>(resources.customResourceDefinitions, definition);
  const deadline = AbortSignal.timeout(20_000);
  for (const kind of kinds)
    while (!(await isServed(resourceOf(kind)))) {
      deadline.throwIfAborted();
      await systemClock.sleep(50);
    }
});
after(() => server?.stop());

function resourceOf({ group, version, kind, plural }: ForeignKind<unknown>): Resource {
  return resource(`${group}/${version}`, kind, plural, "cluster");
}

function isServed(one: Resource): Promise<boolean> {
  return server.client.list(one).then(
    () => true,
    () => false,
  );
}

const selector = fc.constantFrom(
  {},
  { matchLabels: { a: "b" } },
  { matchExpressions: [{ key: "a", operator: "NotIn", values: ["b"] }] },
);
const some = <T>(members: Readonly<Record<string, fc.Arbitrary<T>>>) =>
  fc.oneof(...Object.entries(members).map(([key, value]) => value.map((one) => ({ [key]: one }))));
const pods = {
  namespaces: selector,
  pods: fc.record({ namespaceSelector: selector, podSelector: selector }),
};
const port = fc.constantFrom(0, 1, 443, 65_535, 65_536);
const peers = {
  ...pods,
  nodes: selector,
  networks: fc.constantFrom(["10.0.0.0/8"], ["10.0.0.1/8"], ["::/0", "fd00::/8"], ["x"], []),
  domainNames: fc.constantFrom(["*.kubernetes.io"], ["a"]),
};
const range = fc.record({ start: port, end: port });
const adminPort = some<unknown>({
  portNumber: fc.record({ protocol: fc.constantFrom("TCP", "UDP", "SCTP"), port }),
  namedPort: fc.constant("web"),
  portRange: range,
});
const destination = fc.record({ destinationPort: some<unknown>({ number: port, range }) });
const protocol = some<unknown>({
  ...{ tcp: destination, udp: destination, sctp: destination },
  destinationNamedPort: fc.constant("web"),
});

function specFor({ kind }: ForeignKind<unknown>): fc.Arbitrary<object> {
  const isNew = kind === kubernetesClusterPolicyKind.kind;
  const action = fc.constantFrom("Allow", "Accept", "Deny", "Pass");
  const traffic: Record<string, fc.Arbitrary<unknown>> = isNew
    ? { protocols: fc.array(protocol) }
    : { ports: fc.array(adminPort) };
  const list = { minLength: 1, maxLength: 2 };
  const ingress = fc.record(
    { action, from: fc.array(some<unknown>(pods), list), ...traffic },
    { requiredKeys: ["action", "from"] },
  );
  const egress = fc.record(
    { action, to: fc.array(some<unknown>(peers), list), ...traffic },
    { requiredKeys: ["action", "to"] },
  );
  return fc.record({
    ...(isNew ? { tier: fc.constantFrom("Admin", "Baseline") } : {}),
    ...(kind === baselineAdminPolicyKind.kind ? {} : { priority: fc.constantFrom(0, 7, 1000) }),
    subject: some<unknown>(pods),
    ingress: fc.array(ingress, { maxLength: 1 }),
    egress: fc.array(egress, { maxLength: 1 }),
  });
}

for (const kind of kinds)
  test(`${kind.kind}: whatever the server accepts can be read`, async (t) => {
    let accepted = 0;
    const metadata = { name: "default" };
    const law = fc.asyncProperty(specFor(kind), async (spec) => {
      const stored = await server.client
        .create(resourceOf(kind), { metadata, spec } as KubeObject, { dryRun: true })
        .catch((error: unknown) => {
          if (!isKubeError(error, "invalid")) throw error;
        });
      if (!stored) return;
      accepted += 1;
      const parsed = parseCustom(kind, stored);
      assert.ok("value" in parsed, JSON.stringify(parsed));
    });
    await fc.assert(law, { numRuns: 300 });
    t.diagnostic(`${accepted} of 300 accepted`);
    assert.ok(accepted > 20);
  });
