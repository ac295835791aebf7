import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseAgentConfig, parseControllerConfig } from "@antrea/api";
import { parseAllDocuments } from "yaml";
import { chartFiles } from "./helm.ts";
import { manifestText } from "./manifest.ts";
import { type ChartValue, chartValues } from "./values.ts";

const run = promisify(execFile);

interface Written {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

function objectsOf(text: string): readonly Written[] {
  return parseAllDocuments(text).flatMap((document) => {
    assert.deepEqual(document.errors, []);
    return (document.toJS() as Written | null) ?? [];
  });
}

function objectOf(kind: string, name: string): Written {
  const object = objectsOf(manifestText()).find((o) => o.kind === kind && o.metadata.name === name);
  return object ?? assert.fail(`there is no ${kind} ${name}`);
}

function configText(key: string): string {
  const { data } = objectOf("ConfigMap", "antrea-config") as unknown as {
    readonly data: Readonly<Record<string, string>>;
  };
  return data[key] ?? assert.fail(`there is no ${key}`);
}

test("antrea.yml, the chart and the reference pages are what their sources say", async () => {
  const script = fileURLToPath(new URL("../generate.ts", import.meta.url));
  await run(process.execPath, [script, "--check"]);
});

test("manifestText() has each object once, under the names that people know", () => {
  const all = objectsOf(manifestText());
  const names = all.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  const places = all.map(({ metadata }, i) => `${names[i]} in ${metadata.namespace}`);
  assert.equal(new Set(places).size, places.length);
  for (const name of [
    "CustomResourceDefinition/antreaagentinfos.crd.antrea.io",
    "CustomResourceDefinition/antreacontrollerinfos.crd.antrea.io",
    "ServiceAccount/antrea-agent",
    "ServiceAccount/antrea-controller",
    "ServiceAccount/antctl",
    "ConfigMap/antrea-config",
    "Service/antrea",
    "DaemonSet/antrea-ovs",
    "DaemonSet/antrea-agent",
    "Deployment/antrea-controller",
    "APIService/v1beta2.controlplane.antrea.io",
  ])
    assert.ok(names.includes(name), name);
});

test("manifestText() leaves no value without its default", () => {
  assert.doesNotMatch(manifestText(), /__value|\{\{/);
});

test("configMap() says the defaults, and both parsers accept it without a remark", () => {
  const agent = parseAgentConfig(configText("antrea-agent.conf"), "f");
  const bare = parseAgentConfig("", "f");
  assert.ok(agent.kind === "accepted" && bare.kind === "accepted");
  assert.deepEqual(agent.config, bare.config);
  assert.deepEqual(agent.notActive, []);

  const controller = parseControllerConfig(configText("antrea-controller.conf"), "f");
  const bareController = parseControllerConfig("", "f");
  assert.ok(controller.kind === "accepted" && bareController.kind === "accepted");
  assert.deepEqual(controller.config, bareController.config);
});

test("chartFiles() rendered with their own values are antrea.yml", () => {
  const files = chartFiles();
  const file = (path: string): string => files.get(path) ?? assert.fail(path);
  const values: unknown = parseAllDocuments(file("values.yaml"))[0]?.toJS();
  const config = render(file("templates/config-map.yaml"), values);
  const checksum = createHash("sha256").update(config).digest("hex");
  const others = file("templates/antrea.yaml").replaceAll(
    '{{ include (print $.Template.BasePath "/config-map.yaml") . | sha256sum }}',
    checksum,
  );
  const admission = file("templates/admission.yaml");
  const [, ifServed = "", inner = ""] =
    /^\{\{- if (.*) \}\}\n([^]*)\{\{- end \}\}\n$/.exec(admission) ?? [];
  assert.equal(ifServed, 'semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version');
  const rendered = file("crds/crds.yaml") + config + render(others, values) + inner;
  assert.deepEqual(documentsOf(rendered), documentsOf(manifestText()));
});

test("chartFiles() explain every value, and use each of them", () => {
  const templates = [...chartFiles()].filter(([path]) => path.startsWith("templates/"));
  const template = templates.map(([, text]) => text).join("");
  const values = chartFiles().get("values.yaml") ?? "";
  const all: readonly (readonly [string, ChartValue])[] = Object.entries(chartValues);
  for (const [name, { meaning }] of all) {
    assert.ok(template.includes(`.Values.${name} }}`), name);
    assert.ok(values.includes(`# ${meaning}\n`), name);
  }
});

test("the chart's schema knows every value by its default, and no other", () => {
  interface Schema {
    readonly type?: string | readonly string[];
    readonly pattern?: string;
    readonly additionalProperties?: boolean;
    readonly properties?: Readonly<Record<string, Schema>>;
  }
  const root = JSON.parse(chartFiles().get("values.schema.json") ?? "") as Schema;
  const leaves = (schema: Schema, path: string): readonly string[] => {
    if (!schema.properties) return [path];
    assert.equal(schema.additionalProperties, false, path);
    return Object.entries(schema.properties).flatMap(([name, below]) =>
      leaves(below, path ? `${path}.${name}` : name),
    );
  };
  assert.deepEqual(
    leaves(root, "").filter((path) => path !== "global"),
    Object.keys(chartValues),
  );
  const mode = root.properties?.["trafficEncapMode"];
  assert.equal(mode?.type, "string");
  assert.equal(mode.pattern, "^(?i:encap|noEncap|hybrid|auto)$");
  for (const name of [
    "trafficEncapMode",
    "pathSelection",
    "tunnelType",
    "ovsDatapathType",
  ] as const)
    for (const choice of chartValues[name].choices)
      assert.equal(parseAgentConfig(`${name}: ${choice}\n`, "f").kind, "accepted", choice);
});

test("the DaemonSets give no container more than they name", () => {
  for (const [daemonSet, wanted] of [
    [
      "antrea-agent",
      {
        "antrea-agent": ["NET_ADMIN", "NET_RAW", "SYS_ADMIN"],
        "antrea-ovs": ["NET_ADMIN", "NET_RAW"],
      },
    ],
    ["antrea-ovs", { openvswitch: ["NET_ADMIN", "NET_RAW", "SYS_NICE", "SYS_PTRACE"] }],
  ] as const) {
    const { spec } = objectOf("DaemonSet", daemonSet) as unknown as PodOwner;
    const { initContainers = [], containers } = spec.template.spec;
    for (const { name, securityContext } of [...initContainers, ...containers]) {
      assert.deepEqual(securityContext.capabilities.drop, ["ALL"], name);
      assert.equal(securityContext["privileged"], undefined, name);
      assert.equal(securityContext.allowPrivilegeEscalation, false, name);
    }
    const added = containers.map((one) => [one.name, one.securityContext.capabilities.add]);
    assert.deepEqual(Object.fromEntries(added), wanted);
  }
});

test("openVSwitchDaemonSet() is left alone by whatever changes the agent's", () => {
  const { spec } = objectOf("DaemonSet", "antrea-ovs") as unknown as PodOwner;
  assert.deepEqual(spec.updateStrategy, { type: "OnDelete" });
});

test("every mount has its volume, and every volume a mount", () => {
  for (const [kind, name] of [
    ["DaemonSet", "antrea-ovs"],
    ["DaemonSet", "antrea-agent"],
    ["Deployment", "antrea-controller"],
  ] as const) {
    const { spec } = objectOf(kind, name) as unknown as PodOwner;
    const { initContainers = [], containers, volumes } = spec.template.spec;
    const mounted = [...initContainers, ...containers].flatMap((one) =>
      one.volumeMounts.map((mount) => mount.name),
    );
    assert.deepEqual(
      [...new Set(mounted)].sort(),
      volumes.map((volume) => volume.name).sort(),
      name,
    );
  }
});

interface Container {
  readonly name: string;
  readonly volumeMounts: readonly { readonly name: string }[];
  readonly securityContext: {
    readonly allowPrivilegeEscalation: boolean;
    readonly capabilities: { readonly drop: readonly string[]; readonly add?: readonly string[] };
    readonly [field: string]: unknown;
  };
}

interface PodOwner {
  readonly spec: {
    readonly updateStrategy?: object;
    readonly template: {
      readonly spec: {
        readonly initContainers?: readonly Container[];
        readonly containers: readonly Container[];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
  };
}

function documentsOf(text: string): readonly string[] {
  return text
    .split(/^---\n/m)
    .slice(1)
    .sort();
}

/** As much of Helm's template language as the chart uses. */
function render(template: string, values: unknown): string {
  return template.replaceAll(/\{\{ (toJson )?\.Values\.([\w.]+) \}\}/g, (_, json, path: string) => {
    const value = path
      .split(".")
      .reduce((here, name) => (here as Readonly<Record<string, unknown>>)[name], values);
    assert.notEqual(value, undefined, path);
    return json ? JSON.stringify(value) : String(value);
  });
}
