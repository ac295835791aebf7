import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { clusterNetworkPolicyKind, environment, networkPolicyKind, objectNames } from "@antrea/api";
import { systemClock } from "@antrea/base/io";
import { type KubeObject, resource } from "@antrea/kube";
import {
  freePorts,
  kubeAssets,
  startApiServer,
  startProcess,
  type TestApiServer,
  type TestProcess,
} from "@antrea/kube/testing";
import { policyApiDefinitions } from "@antrea/lab/assets";
import { defaultTiers } from "@antrea/policy";
import { policyCases } from "@antrea/policy/admission/testing";
import { parse, parseAllDocuments, stringify } from "yaml";
import { isWebhooks, manifestObjects, withUrls } from "./testing/webhook-urls.ts";

/** A real kube-apiserver that asks a real controller about what people write with a real kubectl. */

const program = fileURLToPath(new URL("../../packages/controller/src/main.ts", import.meta.url));
let server: TestApiServer;
let folder: string;
let controller: TestProcess;
let port: number;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "antrea-webhooks-"));
  server = await startApiServer();
  [port = 0] = await freePorts(1);
  const all = manifestObjects();
  await apply(all.filter((one) => !isWebhooks(one)));
  await kubectl([
    "apply",
    "--server-side",
    ...policyApiDefinitions().flatMap((one) => ["-f", one]),
  ]);
  await startController({});
  await apply(all.filter(isWebhooks).map((one) => withUrls(one, port)));
  await until("the controller is trusted and knows the cluster", async () => {
    const { stderr } = await kubectl(
      ["create", "--dry-run=server", "-f", "-"],
      [policy("trial", {})],
    );
    return stderr.includes("spec.appliedTo");
  });
});

after(async () => {
  await controller?.stop();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function startController(featureGates: Readonly<Record<string, boolean>>): Promise<void> {
  const user = `system:serviceaccount:${objectNames.namespace}:${objectNames.controller}`;
  const kubeconfig = (await server.accessAs(`/CN=${user}`)).source.split(" ").at(-1) ?? "";
  const config = join(folder, "antrea-controller.conf");
  await writeFile(
    config,
    stringify({ apiPort: port, clientConnection: { kubeconfig }, featureGates }),
  );
  process.env[environment.podIp] = "127.0.0.1";
  controller = startProcess(
    process.execPath,
    [program, "--config", config, "--api-socket", join(folder, "controller.sock")],
    join(folder, "controller.log"),
  );
}

interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

function kubectl(args: readonly string[], input: readonly object[] = []): Promise<Said> {
  const command = join(kubeAssets(), "kubectl");
  return new Promise((resolve) => {
    const child = execFile(
      command,
      ["--kubeconfig", server.kubeconfig, ...args],
      (_failure, stdout, stderr) => resolve({ stdout, stderr }),
    );
    child.stdin?.end(input.map((one) => JSON.stringify(one)).join("\n"));
  });
}

async function apply(objects: readonly object[]): Promise<void> {
  const { stderr } = await kubectl(["apply", "-f", "-"], objects);
  assert.equal(stderr, "");
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = AbortSignal.timeout(30_000);
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (deadline.aborted) assert.fail(`not seen: ${what}\n${controller.tail()}`);
    await systemClock.sleep(100);
  }
}

const clusterPolicies = resource(
  "crd.antrea.io/v1beta1",
  "ClusterNetworkPolicy",
  "clusternetworkpolicies",
  "cluster",
);
const namespacePolicies = resource(
  "crd.antrea.io/v1beta1",
  "NetworkPolicy",
  "networkpolicies",
  "namespaced",
);

function tier(name: string, priority: number): object {
  return {
    ...{ apiVersion: "crd.antrea.io/v1beta1", kind: "Tier" },
    ...{ metadata: { name }, spec: { priority } },
  };
}

function policy(name: string, spec: object, version = "v1beta1"): object {
  return {
    apiVersion: `crd.antrea.io/${version}`,
    kind: clusterNetworkPolicyKind.kind,
    metadata: { name },
    spec: { priority: 5, ...spec },
  };
}

test("the controller makes the default Tiers", async () => {
  await until("all of them", async () => {
    const { stdout } = await kubectl(["get", "tiers", "--no-headers"]);
    return stdout.trim().split("\n").length === defaultTiers.length;
  });
  const { stdout } = await kubectl(["get", "tiers", "-o", "jsonpath={.items[*].spec.priority}"]);
  assert.equal(stdout, "250 253 50 150 200 100");
});

const guide = fileURLToPath(new URL("testdata/strict-ns-isolation.yml", import.meta.url));

test("the guide's policy of version v1alpha1 is applied as it stands, and read back as v1beta1", async () => {
  assert.equal(
    (await kubectl(["apply", "-f", guide])).stdout,
    "clusternetworkpolicy.crd.antrea.io/strict-ns-isolation created\n",
  );
  const read = async (version: string) => {
    const resource = `clusternetworkpolicies.${version}.crd.antrea.io`;
    const { stdout } = await kubectl(["get", resource, "strict-ns-isolation", "-o", "yaml"]);
    return parse(stdout) as {
      apiVersion: string;
      metadata: { generation: number };
      spec: Record<"ingress" | "egress", Rule[]>;
    };
  };
  interface Rule {
    readonly name: string;
  }
  const [newer, older] = [await read("v1beta1"), await read("v1alpha1")];
  assert.equal(newer.apiVersion, "crd.antrea.io/v1beta1");
  assert.deepEqual(older.spec, newer.spec);
  const names = [...newer.spec.ingress, ...newer.spec.egress].map(({ name }) => name);
  assert.match(
    names.join(" "),
    /^ingress-allow-\w{7} ingress-drop-\w{7} egress-allow-\w{7} egress-allow-\w{7} egress-drop-\w{7}$/,
  );
  const { stdout } = await kubectl(["get", "acnp"]);
  const [head = "", row = ""] = stdout.split("\n");
  assert.deepEqual(head.trim().split(/\s{2,}/), [
    ...["NAME", "TIER", "PRIORITY", "DESIRED NODES", "CURRENT NODES", "AGE"],
  ]);
  assert.match(row, /^strict-ns-isolation +securityops +1 /);
  await kubectl(["apply", "-f", guide]);
  const again = await read("v1beta1"); // its status may have come meanwhile
  assert.equal(again.metadata.generation, 1, "the names are made of the rules: all is as it was");
  assert.deepEqual(again.spec, newer.spec);
});

test("every example of the guide is accepted, and needs nothing that is not there", async () => {
  const text = await readFile(
    fileURLToPath(new URL("../../docs/guides/policies.md", import.meta.url)),
    "utf8",
  );
  const examples = [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, yaml = ""]) => yaml);
  assert.ok(examples.length >= 5);
  const objects = examples.flatMap((yaml) =>
    parseAllDocuments(yaml).map((one) => one.toJS() as object),
  );
  await apply(objects);
  const { stderr } = await kubectl(["delete", "-f", "-"], objects.toReversed());
  assert.equal(stderr.replaceAll(/^Warning: deleting cluster-scoped.*\n/gm, ""), "");
});

test("kubectl prints a refusal field by field", async () => {
  const bad = policy("bad", {
    tier: "securtyops",
    appliedTo: [{ podSelector: {}, group: "g" }],
    ingress: [{ action: "Allow", ports: [{ endPort: 5 }], from: [{ ipBlock: { cidr: "10.1" } }] }],
  });
  assert.deepEqual(await kubectl(["apply", "-f", "-"], [bad]), {
    stdout: "",
    stderr: `The ClusterNetworkPolicy "bad" is invalid: spec.ingress[0].from[0].ipBlock.cidr: is "10.1", but must be a network such as "10.10.1.0/24"\n`,
  });
  (bad as { spec: { ingress: { from: object[] }[] } }).spec.ingress[0]!.from = [];
  assert.deepEqual(await kubectl(["apply", "-f", "-"], [bad]), {
    stdout: "",
    stderr: `The ClusterNetworkPolicy "bad" is invalid: 
* spec.tier: is "securtyops", but must be the name of a Tier: did you mean "securityops"?
* spec.appliedTo[0]: has podSelector and group, but must have group alone: make an entry of its own of the rest
* spec.ingress[0].ports[0].endPort: is set without port, but must be set beside a port's number, where the range begins
`,
  });
});

test("every policy that the validator refuses is refused by the server, in the same words", async () => {
  await apply([tier("devops", 230)]);
  const kinds = { cluster: clusterPolicies, namespaced: namespacePolicies };
  for (const { rule, yaml, says, isNamespaced, isL7Enabled } of policyCases) {
    const spec = { priority: 5, appliedTo: [{ podSelector: {} }], ...(parse(yaml) as object) };
    const resource = isNamespaced ? kinds.namespaced : kinds.cluster;
    const metadata = { name: "case", ...(isNamespaced && { namespace: "default" }) };
    const asked = server.client.create(resource, { metadata, spec } as KubeObject, {
      dryRun: true,
    });
    const said = await asked.then(
      () => "",
      (error: Error) => error.message,
    );
    // the gate is off here, so what needs it is told of that too
    const wanted = says.filter((text) => isL7Enabled === false || !text.includes("l7Protocols"));
    for (const text of wanted.slice(0, 2))
      assert.ok(said.includes(text.slice(0, 120)), `${rule}\n  wanted ${text}\n  said ${said}`);
    assert.notEqual(said, "", rule);
  }
  await kubectl(["delete", "tier", "devops"]);
});

test("the controller is asked to put in what is left out only where something is", async () => {
  const asked = async (): Promise<number> => {
    const { stdout } = await kubectl(["get", "--raw", "/metrics"]);
    const counts = stdout.matchAll(
      /^apiserver_admission_webhook_admission_duration_seconds_count\{name="acnpmutator[^}]*\} (\d+)/gm,
    );
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  const whole = { tier: "platform", ingress: [{ name: "all", action: "Drop" }] };
  const everybody = [{ podSelector: {} }];
  for (const [spec, calls] of [
    [whole, 0],
    [{ ...whole, tier: undefined }, 1],
    [{ ...whole, egress: [{ action: "Drop" }] }, 1],
    [{ ...whole, egress: [{ name: "", action: "Drop" }] }, 1],
    [{ ...whole, ingress: "all" }, 1],
    [{ ...whole, ingress: ["all"] }, 1],
  ] as const) {
    const before = await asked();
    const said = await kubectl(
      ["create", "--dry-run=server", "--validate=false", "-f", "-"],
      [policy("whole", { ...spec, appliedTo: everybody })],
    );
    assert.equal((await asked()) - before, calls, JSON.stringify(spec));
    assert.doesNotMatch(said.stderr, /expression|no such/, "nobody reads CEL");
  }
});

test("a Tier and a policy in it may come in one file, and the Tier cannot go before the policy", async () => {
  await apply([
    tier("mine", 7),
    policy("in-mine", { tier: "mine", appliedTo: [{ podSelector: {} }] }),
  ]);
  const refusals = {
    [`delete tier mine`]: `The Tier "mine" is invalid: metadata.name: is "mine", which a policy names, but must be one that no policy names: move these to another Tier first (kubectl get acnp,annp -A shows which they are)\n`,
    [`delete tier platform`]: `The Tier "platform" is invalid: metadata.name: is "platform", but must be that of a Tier of your own: the built-in ones stay\n`,
    [`patch tier mine --type=merge -p {"spec":{"priority":8}}`]: `The Tier "mine" is invalid: spec.priority: is 8 instead of 7, but must stay as it is: make another Tier, move policies to it, and delete this one\n`,
  };
  await until("the watch has told of the policy", async () =>
    (await kubectl(["delete", "--dry-run=server", "tier", "mine"])).stderr.includes(
      "a policy names",
    ),
  );
  for (const [line, stderr] of Object.entries(refusals))
    assert.deepEqual(await kubectl(line.split(" ")), { stdout: "", stderr }, line);
  await kubectl(["delete", "acnp", "in-mine"]);
  await until("the Tier may go", async () =>
    (await kubectl(["delete", "tier", "mine"])).stdout.includes("deleted"),
  );
});

test("a Tier has a number that is free", async () => {
  const said = async (priority: number) =>
    (await kubectl(["create", "--dry-run=server", "-f", "-"], [tier("mine", priority)])).stderr;
  const prefix = 'The Tier "mine" is invalid: spec.priority: ';
  const right = "but must be a free number from 0 to 249, such as";
  assert.equal(await said(50), `${prefix}is 50, which is the one of Tier emergency, ${right} 49\n`);
  assert.equal(
    await said(251),
    `${prefix}is 251, which is where AdminNetworkPolicies stand, ${right} 249\n`,
  );
  assert.equal(await said(49), "");
});

test("groups have one level of children, of which a policy may name those to come", async () => {
  const group = (name: string, spec: object) => ({
    ...{ apiVersion: "crd.antrea.io/v1beta1", kind: "ClusterGroup" },
    ...{ metadata: { name }, spec },
  });
  await apply([group("web", { podSelector: {} }), group("all", { childGroups: ["web", "later"] })]);
  await until("the watch has told of them", async () => {
    const nested = group("nested", { childGroups: ["all"] });
    const { stderr } = await kubectl(["create", "--dry-run=server", "-f", "-"], [nested]);
    return (
      stderr ===
      `The ClusterGroup "nested" is invalid: spec.childGroups[0]: is "all", which has children, but must be a group without: name its children here instead\n`
    );
  });
  const changed = await kubectl(["apply", "-f", "-"], [group("web", { childGroups: ["x"] })]);
  assert.match(
    changed.stderr,
    /spec\.childGroups: is set, but must be left out, since another group/,
  );
  const named = policy("named", { appliedTo: [{ group: "webb" }] });
  const { stdout, stderr } = await kubectl(["create", "--dry-run=server", "-f", "-"], [named]);
  assert.match(stdout, /created \(server dry run\)/);
  assert.equal(stderr, "", "which groups there are is told to who may list them");
});

function clusterPolicy(name: string, more: object = {}): object {
  return {
    ...{ apiVersion: "policy.networking.k8s.io/v1alpha2", kind: "ClusterNetworkPolicy" },
    metadata: { name },
    spec: { tier: "Admin", priority: 5, subject: { namespaces: {} }, ...more },
  };
}

test("Kubernetes' own ClusterNetworkPolicy waits for its gate, and its words are looked at", async () => {
  const create = ["create", "--dry-run=server", "-f", "-"];
  assert.equal(
    (await kubectl(create, [clusterPolicy("early")])).stderr,
    'The ClusterNetworkPolicy "early" is invalid: kind: is ClusterNetworkPolicy of policy.networking.k8s.io, but must be one that is enforced: open the feature gate ClusterNetworkPolicy in antrea-controller.conf\n',
  );
  const admin = {
    ...{ apiVersion: "policy.networking.k8s.io/v1alpha1", kind: "AdminNetworkPolicy" },
    metadata: { name: "odd" },
    spec: {
      ...{ priority: 5, subject: { namespaces: {} } },
      ingress: [
        {
          ...{ action: "Deny", from: [{ namespaces: {} }] },
          ports: [{ portNumber: { port: 80, protocol: "IP" } }],
        },
      ],
    },
  };
  assert.equal(
    (await kubectl(create, [admin])).stderr,
    'The AdminNetworkPolicy "odd" is invalid: spec.ingress[0].ports[0].portNumber.protocol: is "IP", but must be one of TCP, UDP, SCTP\n',
  );
});

test("while no controller is there, policies stay as they are, may be deleted, and Pods come and go", async () => {
  const own = policy("kept", { appliedTo: [{ podSelector: {} }] });
  const ofNamespace = {
    ...own,
    kind: networkPolicyKind.kind,
    metadata: { name: "kept", namespace: "default" },
  };
  await apply([own, ofNamespace, tier("at-220", 220)]);
  await controller.stop();
  const refused = await kubectl(["apply", "-f", "-"], [{ ...own, spec: { priority: 6 } }]);
  assert.match(refused.stderr, /failed calling webhook "acnpvalidator\.antrea\.io"/);
  const pod = {
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "pod", namespace: "default" } },
    spec: { containers: [{ name: "main", image: "none" }], automountServiceAccountToken: false },
  };
  await apply([pod]);
  for (const one of ["pod/pod", "acnp/kept", "annp/kept"])
    assert.match((await kubectl(["delete", "--now", one])).stdout, /deleted/, one);
  assert.match((await kubectl(["delete", "tier", "platform"])).stderr, /failed calling webhook/);
});

test("with the gate ClusterNetworkPolicy open, a Tier at 220 and such policies exclude each other", async () => {
  await startController({ ClusterNetworkPolicy: true });
  const create = ["create", "--dry-run=server", "-f", "-"];
  await until("it answers", async () => {
    const { stderr } = await kubectl(create, [clusterPolicy("admin")]);
    return (
      stderr ===
      'The ClusterNetworkPolicy "admin" is invalid: kind: is ClusterNetworkPolicy, whose place 220 is taken by Tier at-220, but must wait until that Tier is deleted\n'
    );
  });
  await kubectl(["delete", "tier", "at-220"]);
  await until("the place is free", async () =>
    (await kubectl(create, [clusterPolicy("admin")])).stdout.includes("created"),
  );
  assert.match(
    (await kubectl(create, [tier("at-220", 220)])).stderr,
    /is 220, which is where ClusterNetworkPolicies of tier Admin stand, .* such as 219/,
  );
});
