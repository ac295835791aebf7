import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAgentConfig } from "./config/index.ts";
import {
  bareForm,
  findTunnelForm,
  formOfTunnel,
  formOver,
  linkChoiceOf,
  networkSettingsOf,
  sameSettings,
  settingsText,
  withSettings,
} from "./network-settings.ts";

function configOf(text: string) {
  const read = parseAgentConfig(text, "antrea-agent.conf");
  assert.equal(read.kind, "accepted");
  return read.config;
}

test("networkSettingsOf() and withSettings() are each other's reverse, for links too", () => {
  for (const text of [
    "",
    "transportInterface: eth1\n",
    'transportInterfaceCIDRs: ["172.29.0.0/16", "fd00::/64"]\n',
    'transportInterface: eth1\ntransportInterfaceCIDRs: ["172.29.0.0/16"]\n',
  ]) {
    const config = configOf(text);
    assert.deepEqual(
      withSettings(configOf("tunnelType: vxlan\n"), networkSettingsOf(config)),
      config,
    );
  }
});

test("settingsText() names the link where the configuration chooses one, and forms do", () => {
  const settings = (text: string) => networkSettingsOf(configOf(text));
  const plain = settings("");
  const byName = settings("transportInterface: eth1\n");
  assert.equal(settingsText(plain), "encap, geneve:6081");
  assert.equal(settingsText(byName), "encap, geneve:6081, over eth1");
  assert.ok(!sameSettings(plain, byName));
  assert.ok(sameSettings(plain, { ...plain, transportInterface: "" }));
  assert.equal(formOver(formOfTunnel(plain), plain), "geneve:6081");
  assert.equal(formOver("direct", byName), "direct@eth1");
  const both = settings('transportInterfaceCIDRs: ["172.29.0.0/16", "fd00::/64"]\n');
  assert.equal(linkChoiceOf(both), "172.29.0.0/16,fd00::/64");
  const form = formOver(formOfTunnel(both), both);
  assert.deepEqual([bareForm(form), findTunnelForm(form)], ["geneve:6081", "geneve:6081"]);
  assert.equal(findTunnelForm("direct@eth1"), undefined);
});
