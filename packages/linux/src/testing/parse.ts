import assert from "node:assert/strict";
import {
  type Cidr,
  type InterfaceAddress,
  type IpAddress,
  type MacAddress,
  parseCidr,
  parseInterfaceAddress,
  parseIp,
  parseMac,
} from "@antrea/net";

/** Text of a test as what it means; a typing mistake fails the test. */
export const cidr = (text: string): Cidr => required(parseCidr(text), text);
export const ip = (text: string): IpAddress => required(parseIp(text), text);
export const mac = (text: string): MacAddress => required(parseMac(text), text);
export const onLink = (text: string): InterfaceAddress =>
  required(parseInterfaceAddress(text), text);

function required<T>(value: T | undefined, text: string): T {
  assert.ok(value !== undefined, `${text} can be parsed`);
  return value;
}
