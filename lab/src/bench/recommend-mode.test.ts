import assert from "node:assert/strict";
import { test } from "node:test";
import { figureValues } from "./mode-comparison.ts";
import type { NetworkSeen } from "./mode-network.ts";
import { recommendMode } from "./recommend-mode.ts";
import {
  depthSamples,
  type Factors,
  modesRun,
  oneSubnet,
  twoSubnets,
  withoutRoutes,
} from "./testing/modes-run.ts";

const same = [1, 1, 1, 1, 1];
const faster = [1.2, 1.15, 1.1, 1.3, 1.12];
const slower = [0.8, 0.85, 0.9, 0.7, 0.88];
const astray = [1.3, 0.8, 1.2, 0.9, 1.25];

function recommended(
  factors: Factors,
  network: NetworkSeen = oneSubnet,
  others: Parameters<typeof depthSamples>[1] = {},
) {
  const depth = depthSamples(factors, others);
  return recommendMode(figureValues(modesRun({ depth })), network, false);
}

test("recommendMode() stays with encap where modes do not differ, and says so", () => {
  const { mode, isMeasured, headline, reasons, costs } = recommended({
    ...{ tunnel: same, hybrid: same, noEncap: same },
  });
  assert.equal(mode, "tunnel");
  assert.equal(isMeasured, false);
  assert.match(headline, /^Stay with encap: the modes do not differ measurably here/);
  assert.match(reasons.join("\n"), /^All Nodes are in one subnet/);
  assert.match(
    reasons.join("\n"),
    /hybrid against encap: no measurable difference in TCP stream 1\.00/,
  );
  assert.match(costs[0] ?? "", /1450 of the link's 1500 bytes; 50 are kept/);
});

test("recommendMode() sees no difference where rounds disagree, however large the median", () => {
  const { mode, headline } = recommended({ tunnel: same, hybrid: astray, noEncap: astray });
  assert.equal(mode, "tunnel");
  assert.match(headline, /do not differ measurably/);
});

test("recommendMode() takes hybrid where it is faster, and noEncap no faster than that", () => {
  const { mode, isMeasured, headline, reasons, costs } = recommended({
    ...{ tunnel: same, hybrid: faster, noEncap: faster },
  });
  assert.equal(mode, "hybrid");
  assert.equal(isMeasured, true);
  assert.match(headline, /^Choose hybrid: /);
  assert.match(reasons[1] ?? "", /^Nodes reach each other's Pod CIDRs without a tunnel/);
  assert.match(
    reasons[2] ?? "",
    /^hybrid against encap: better in TCP stream 1\.15 \(1\.12–1\.20\)/,
  );
  assert.match(reasons[3] ?? "", /^noEncap against hybrid: no measurable difference/);
  assert.match(costs.join("\n"), /in clear on the link/);
});

test("recommendMode() takes noEncap where only that is faster, and counts its routes", () => {
  const { mode, reasons, costs } = recommended(
    { tunnel: same, hybrid: same, noEncap: faster },
    twoSubnets,
  );
  assert.equal(mode, "noEncap");
  assert.match(reasons[0] ?? "", /^No two Nodes share a subnet: hybrid sends everything by tunnel/);
  assert.match(costs.join("\n"), /all 1500 bytes/);
  assert.match(costs.join("\n"), /2 routes to keep .*10\.244\.1\.0\/24, 10\.244\.2\.0\/24/);
});

test("recommendMode() never takes what the network has no routes for", () => {
  const { mode, headline, reasons } = recommended({ tunnel: same, hybrid: same }, withoutRoutes);
  assert.equal(mode, "tunnel");
  assert.match(headline, /^Stay with encap: the modes do not differ/);
  assert.match(reasons.at(-1) ?? "", /noEncap does not work on this network as it is \(node-2: /);
});

test("recommendMode() leaves the choice to people where one figure gains and another loses", () => {
  const { mode, headline, reasons } = recommended(
    { tunnel: same, hybrid: faster },
    { tunnel: oneSubnet.tunnel, hybrid: oneSubnet.hybrid },
    { connects: { tunnel: same, hybrid: slower } },
  );
  assert.equal(mode, "tunnel");
  assert.match(headline, /better in more than one figure and worse in none/);
  assert.match(reasons[1] ?? "", /worse in connect rate 0\.85 .* is yours to weigh\.$/);
  assert.match(reasons[2] ?? "", /^noEncap could not be measured/);
});

test("recommendMode() takes one figure alone for chance", () => {
  const { mode, reasons } = recommended({ tunnel: same, hybrid: same, noEncap: same }, oneSubnet, {
    requests: { tunnel: same, hybrid: faster, noEncap: same },
  });
  assert.equal(mode, "tunnel");
  assert.match(reasons[2] ?? "", /better in request\/response 1\.15 .* may be chance\.$/);
});

test("recommendMode() concludes nothing from fewer rounds than are needed", () => {
  const { mode, headline, reasons } = recommended({ tunnel: [1], hybrid: [1.5], noEncap: [2] });
  assert.equal(mode, "tunnel");
  assert.match(headline, /fewer than 5 rounds say nothing for sure/);
  assert.match(reasons[2] ?? "", /TCP stream 1\.50.* cannot tell a difference from chance/);
});

test("recommendMode() says that nothing can be compared where encap failed, or all did", () => {
  const { headline } = recommended({ hybrid: faster, noEncap: faster });
  assert.match(headline, /it could not be measured, so there is nothing to compare with/);
  assert.equal(recommended({}, {}).mode, "tunnel");
  assert.match(recommended({ tunnel: same }, {}).headline, /no other mode can be had here/);
});

test("recommendMode() chooses nothing by figures of a machine that others used", () => {
  const depth = depthSamples({ tunnel: same, hybrid: faster, noEncap: faster });
  const { mode, isMeasured, headline, reasons } = recommendMode(
    figureValues(modesRun({ depth })),
    oneSubnet,
    true,
  );
  assert.equal(mode, "tunnel");
  assert.equal(isMeasured, false);
  assert.match(headline, /^Stay with encap: others used the machine/);
  assert.match(reasons[2] ?? "", /^hybrid against encap: better in TCP stream/);
});
