import assert from "node:assert/strict";
import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";
import { after, before, test } from "node:test";
import { type BareCluster, bareCluster } from "../support/bare-nodes.ts";
import { barePods } from "../support/bare-pods.ts";
import { eventually } from "../support/cluster.ts";
import { datapathLine } from "../support/datapath.ts";

/**
 * The agents' wall clock is set while they run, by libfaketime; the monotonic clock goes on, as Linux has
 * it. The Nodes have no Kubernetes, whose own programs have the machine's clock.
 */
const folder = mkdtempSync(join(tmpdir(), "antrea-clock-"));
const offsetFile = join(folder, "offset");
const [library = "libfaketime is not installed"] = globSync(
  "/usr/lib/*/faketime/libfaketimeMT.so.1",
);
const agentEnv = {
  LD_PRELOAD: library,
  FAKETIME_TIMESTAMP_FILE: offsetFile,
  FAKETIME_NO_CACHE: "1",
  FAKETIME_DONT_FAKE_MONOTONIC: "1",
};

let cluster: BareCluster | undefined;
before(async () => {
  setClock(0);
  cluster = await bareCluster({ agentEnv });
});
after(async () => {
  await cluster?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
const lab = (): BareCluster => cluster ?? assert.fail("the Nodes have started");
const { connect, reaches, echoesDuring } = barePods();

/** By so many hours from the machine's. */
function setClock(hours: number): void {
  writeFileSync(offsetFile, `${hours < 0 ? "-" : "+"}${Math.abs(hours)}h\n`);
}

/** A route and a flow that others delete: how long until both are back, in milliseconds. */
async function putBackMs(): Promise<number> {
  const [one] = lab().nodes;
  const cidr = "10.244.2.0/24";
  const state = async () => [
    await one.exec(["ip", "route", "show", cidr]),
    (
      await one.exec([
        "ovs-ofctl",
        "--names",
        "--no-stats",
        "dump-flows",
        "br-int",
        "table=ARPResponder",
      ])
    )
      .split("\n")
      .filter((line) => line.includes("actions="))
      .toSorted()
      .join("\n"),
  ];
  const wanted = JSON.stringify(await state());
  await one.exec(["ip", "route", "del", cidr]);
  await one.exec([
    ...(["ovs-ofctl", "-O", "OpenFlow15", "--names", "del-flows", "br-int"] as const),
    "table=ARPResponder",
  ]);
  const began = performance.now();
  await eventually(
    "route and flows are as before",
    async () => JSON.stringify(await state()) === wanted,
  );
  return Math.round(performance.now() - began);
}

/** By how many hours the clock of node-1's agent differs from the machine's, as its last change tells. */
async function hoursOfLastChange(): Promise<number> {
  const rows = JSON.parse(await lab().nodes[0].antctl(["get", "changes", "-o", "json"])) as {
    readonly sentAt: string;
  }[];
  return (Date.parse(rows.at(-1)?.sentAt ?? "") - Date.now()) / 3600_000;
}

test("two Pods on two Nodes talk", async () => {
  const [one, two] = lab().nodes;
  for (const node of lab().nodes) await node.configure(`trafficEncapMode: encap\n${datapathLine}`);
  await connect("left", one);
  await connect("right", two);
  await reaches("left", "right");
});

for (const [turn, hours] of [6, -18, 400 * 24, -3 * 24, 0].entries())
  test(`an agent whose clock is set to ${hours} hours from now loses no packet, puts back what others change, and connects Pods`, async () => {
    let tookMs = Number.NaN;
    const seen = await echoesDuring("left", "right", async () => {
      setClock(hours);
      tookMs = await putBackMs();
      await connect(`new-${turn}`, lab().nodes[0]);
      await reaches(`new-${turn}`, "right");
    });
    const told = await hoursOfLastChange();
    const counts = seen.map(({ answered, lost }) => `${answered} echoes answered, ${lost} lost`);
    console.log(`${hours} hours: put back after ${tookMs} ms; ${counts.join("; ")}`);
    assert.ok(Math.abs(told - hours) < 0.1, `the agent's clock is off by ${told} hours`);
    for (const { address, lost } of seen) assert.equal(lost, 0, address);
    assert.ok(tookMs <= 5_000, `put back after ${tookMs} ms`);
  });

test("an agent whose clock is set back shows a certificate that has begun within a minute", async () => {
  const [one] = lab().nodes;
  setClock(-72);
  const began = performance.now();
  await eventually(
    "the certificate has begun",
    async () => {
      const show = `openssl s_client -connect ${one.address}:10350 </dev/null 2>/dev/null | openssl x509`;
      const { validFrom } = new X509Certificate(await one.exec(["sh", "-c", show]));
      return Date.parse(validFrom) <= Date.now() - 72 * 3600_000;
    },
    90_000,
  );
  console.log(`another certificate after ${Math.round((performance.now() - began) / 1000)} s`);
});
