import assert from "node:assert/strict";
import { test } from "node:test";
import { formatOffers, netdevOffer, systemOffer } from "./datapaths.ts";

test("systemOffer() tells a missing datapath from a missing kernel module", () => {
  const answer = "dpctl/show failed: opening datapath system@x failed";
  assert.equal(systemOffer(`${answer} (No such device)`).isOffered, true);
  assert.equal(systemOffer(`${answer} (No such file or directory)`).isOffered, false);
});

test("formatOffers() says in one line what is on offer and why the rest is not", () => {
  const none = systemOffer("(No such file or directory)");
  assert.equal(
    formatOffers({ system: none, netdev: netdevOffer(undefined) }),
    "datapath types on offer: netdev; system is not on offer: the kernel has no openvswitch module loaded",
  );
  assert.equal(
    formatOffers({ system: none, netdev: netdevOffer("EACCES") }),
    "no datapath type is on offer; system is not on offer: the kernel has no openvswitch module loaded; netdev is not on offer: /dev/net/tun cannot be opened: EACCES",
  );
});
