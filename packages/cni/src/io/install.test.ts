import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { defaultConflist } from "@antrea/api/cni";
import { conflistProblem } from "../conflist.ts";
import { install } from "./install.ts";

const conflist = JSON.stringify({
  cniVersion: "0.3.0",
  name: "antrea",
  plugins: [
    { type: "antrea", ipam: { type: "host-local" } },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
});

function nodeFor(t: TestContext, image: readonly string[] = ["antrea", "portmap"]) {
  const root = mkdtempSync(join(tmpdir(), "antrea-cni-install-"));
  t.after(() => rmSync(root, { recursive: true }));
  const options = {
    fromDir: join(root, "image"),
    conflistFile: join(root, "conflist"),
    binDir: join(root, "host/opt/cni/bin"),
    confDir: join(root, "host/etc/cni/net.d"),
    skip: [],
  };
  mkdirSync(options.fromDir);
  for (const name of image) writeFileSync(join(options.fromDir, name), `#!image ${name}`);
  writeFileSync(options.conflistFile, conflist);
  const modeOf = (path: string) => statSync(path).mode & 0o777;
  return { options, modeOf };
}

test("install() puts plugin and list in place with their modes, and leaves nothing else", (t) => {
  const { options, modeOf } = nodeFor(t);
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  assert.deepEqual(
    install(options).map((line) => line.split(" ")[0]),
    ["wrote", "wrote", "wrote"],
  );
  assert.deepEqual(readdirSync(options.binDir), ["antrea", "portmap"]);
  assert.deepEqual(readdirSync(options.confDir), ["10-antrea.conflist"]);
  assert.equal(modeOf(join(options.binDir, "antrea")), 0o755);
  assert.equal(modeOf(join(options.confDir, "10-antrea.conflist")), 0o644);
  assert.equal(readFileSync(join(options.confDir, "10-antrea.conflist"), "utf8"), conflist);
});

test("install() takes the default list where the ConfigMap has none", (t) => {
  const { options } = nodeFor(t);
  rmSync(options.conflistFile);
  install(options);
  const installed = readFileSync(join(options.confDir, "10-antrea.conflist"), "utf8");
  assert.equal(installed, defaultConflist);
  assert.equal(conflistProblem(installed), undefined);
});

test("install() replaces its own files by new ones, and keeps those of others", (t) => {
  const { options } = nodeFor(t);
  mkdirSync(options.binDir, { recursive: true });
  mkdirSync(options.confDir, { recursive: true });
  writeFileSync(join(options.binDir, "portmap"), "another's");
  writeFileSync(join(options.binDir, "antrea"), "old");
  writeFileSync(join(options.confDir, "99-loopback.conf"), "another's");
  install(options);
  assert.equal(readFileSync(join(options.binDir, "portmap"), "utf8"), "another's");
  assert.equal(readFileSync(join(options.binDir, "antrea"), "utf8"), "#!image antrea");
  assert.deepEqual(readdirSync(options.confDir), ["10-antrea.conflist", "99-loopback.conf"]);
});

test("install() leaves a file alone that is right already, so that no runtime reads it again", (t) => {
  const { options } = nodeFor(t);
  install(options);
  const inode = statSync(join(options.confDir, "10-antrea.conflist")).ino;
  const lines = install(options);
  assert.deepEqual(
    lines.map((line) => line.split(" ")[0]),
    ["unchanged", "kept", "unchanged"],
  );
  assert.equal(statSync(join(options.confDir, "10-antrea.conflist")).ino, inode);
});

test("install() clears what a killed run left, and leaves no half file when it fails itself", (t) => {
  const { options } = nodeFor(t);
  mkdirSync(options.binDir, { recursive: true });
  writeFileSync(join(options.binDir, ".antrea.antrea-tmp-12"), "half");
  mkdirSync(join(options.confDir, "10-antrea.conflist/in-the-way"), { recursive: true });
  assert.throws(() => install(options), /EISDIR|ENOTEMPTY/);
  assert.deepEqual(readdirSync(options.binDir), ["antrea", "portmap"]);
  assert.deepEqual(readdirSync(options.confDir), ["10-antrea.conflist"]);
});

test("install() refuses a list that would break the Node, before it writes anything", (t) => {
  const { options } = nodeFor(t);
  for (const [text, problem] of [
    ["{", /it is not JSON/],
    [
      '{"cniVersion":"1.0.0","name":"a","plugins":[{"type":"bridge"}]}',
      /none of its plugins has the type "antrea"/,
    ],
    [
      '{"cniVersion":"9.0.0","name":"a","plugins":[{"type":"antrea"}]}',
      /cniVersion is "9\.0\.0", but must be one of/,
    ],
    ['{"cniVersion":"1.0.0","plugins":[]}', /name is missing/],
  ] as const) {
    writeFileSync(options.conflistFile, text);
    assert.throws(() => install(options), problem);
    assert.throws(() => readdirSync(options.binDir));
  }
});

test("install() warns of a plugin that the list calls and the Node has not, and skips what it is told to", (t) => {
  const { options } = nodeFor(t);
  const lines = install({ ...options, skip: ["portmap"] });
  assert.match(
    lines.at(-1) ?? "",
    /^warning: the list calls the plugin portmap, but .*bin has none$/,
  );
});
