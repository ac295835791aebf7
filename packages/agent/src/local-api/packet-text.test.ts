import assert from "node:assert/strict";
import { test } from "node:test";
import { ofPort } from "@antrea/net";
import { ip, mac } from "@antrea/pipeline/testing";
import { packetText } from "./packet-text.ts";

const ends = {
  port: ofPort(1),
  family: "ipv4",
  sourceMac: mac("0a:00:00:00:00:05"),
  destinationMac: mac("0a:00:00:00:01:01"),
  source: ip("10.244.1.2"),
  destination: ip("10.244.3.5"),
} as const;

test("packetText() makes a whole IP packet of its two ends", () => {
  assert.equal(
    packetText({ ...ends, flow: "tcp,tcp_dst=80" }),
    "in_port=1,tcp,tcp_dst=80,dl_src=0a:00:00:00:00:05,dl_dst=0a:00:00:00:01:01,nw_src=10.244.1.2,nw_dst=10.244.3.5,nw_ttl=64",
  );
  assert.equal(
    packetText({ port: "antrea-gw0", family: "ipv4", flow: "nw_proto=47" }),
    "in_port=antrea-gw0,ip,nw_proto=47,nw_ttl=64",
  );
});

test("packetText() leaves fields as a person wrote them", () => {
  const text = packetText({ ...ends, flow: "icmp,nw_ttl=1,nw_src=1.2.3.4" });
  assert.match(text, /nw_ttl=1,nw_src=1\.2\.3\.4/);
  assert.doesNotMatch(text, /nw_ttl=64|nw_src=10/);
});

test("packetText() of ARP asks for the destination, without fields that ARP does not have", () => {
  assert.equal(
    packetText({ ...ends, flow: "arp" }),
    "in_port=1,arp,dl_src=0a:00:00:00:00:05,dl_dst=ff:ff:ff:ff:ff:ff,arp_op=1,arp_sha=0a:00:00:00:00:05,arp_spa=10.244.1.2,arp_tpa=10.244.3.5",
  );
});

test("packetText() calls protocols and addresses of IPv6 as Open vSwitch does", () => {
  const ipv6 = {
    ...ends,
    family: "ipv6",
    source: ip("fd00:10:244:1::2"),
    destination: ip("fd00:10:244:3::5"),
  } as const;
  assert.equal(
    packetText({ ...ipv6, flow: "tcp,tcp_dst=80" }),
    "in_port=1,tcp6,tcp_dst=80,dl_src=0a:00:00:00:00:05,dl_dst=0a:00:00:00:01:01,ipv6_src=fd00:10:244:1::2,ipv6_dst=fd00:10:244:3::5,nw_ttl=64",
  );
  assert.match(packetText({ ...ipv6, flow: "nw_proto=47" }), /^in_port=1,ipv6,nw_proto=47,/);
  assert.match(packetText({ ...ipv6, flow: "udp6,udp_dst=53" }), /^in_port=1,udp6,udp_dst=53,/);
});

test("packetText() of a neighbour solicitation asks for the destination, from the link", () => {
  const ipv6 = { family: "ipv6", source: ip("fd00::2"), destination: ip("fd00::5") } as const;
  assert.equal(
    packetText({ ...ends, ...ipv6, flow: "icmp6,icmpv6_type=135" }),
    "in_port=1,icmp6,icmpv6_type=135,dl_src=0a:00:00:00:00:05,dl_dst=33:33:00:00:00:01,ipv6_src=fd00::2,ipv6_dst=ff02::1,nw_ttl=255,nd_target=fd00::5,nd_sll=0a:00:00:00:00:05",
  );
});
