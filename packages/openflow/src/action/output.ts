import { type OfPort, ofPort, ofPorts } from "@antrea/net";
import { formatPort, parsePort, widePort } from "../names.ts";
import { keyValue, requireNumber, splitTopLevel, textError } from "../text.ts";
import { requireArgument } from "./action-text.ts";
import { sendToController } from "./controller.ts";
import { defineAction } from "./definition.ts";

/** OFPAT_OUTPUT: sends the packet out of a port, or to one of the reserved ones. */
export interface Output {
  readonly kind: "output";
  readonly port: OfPort;
}

/** First number that is no ordinary port. */
const OFPP_MAX = 0xffffff00;

export const output = defineAction<Output>({
  kind: "output",
  words: ["output"],
  forms: [
    {
      id: { of: 0 },
      encode({ port }, out) {
        out.u32(port);
        out.zeros(8); // max_len, which means something for the controller only, and padding
      },
      decode(body) {
        const port = body.u32();
        const maxLength = body.u16();
        if (port === ofPorts.controller) return sendToController({ maxLength });
        return { kind: "output", port: port as OfPort };
      },
    },
  ],
  format: ({ port }, names) =>
    port < OFPP_MAX ? `output:${formatPort(port, names)}` : formatPort(port, names),
  parse(text, names, nested) {
    const argument = requireArgument(text);
    if (argument.includes("max_len="))
      return nested.parse(`output_trunc(${argument})`, names)[0] ?? textError("");
    if (argument.includes("["))
      return nested.parse(`output_reg:${argument}`, names)[0] ?? textError("");
    const port = parsePort(argument, names);
    if (port === undefined)
      return nested.parse(`output_reg:${argument}`, names)[0] ?? textError("");
    return { kind: "output", port: ofPort(port) };
  },
});

/** NXAST_OUTPUT_TRUNC: sends the first `maxLength` bytes of the packet out of a port. */
export interface OutputTruncated {
  readonly kind: "outputTruncated";
  readonly port: OfPort;
  readonly maxLength: number;
}

export const outputTruncated = defineAction<OutputTruncated>({
  kind: "outputTruncated",
  words: ["output_trunc"],
  forms: [
    {
      id: { nx: 39 },
      encode({ port, maxLength }, out) {
        out.u16(port & 0xffff);
        out.u32(maxLength);
      },
      decode(body) {
        return {
          kind: "outputTruncated",
          port: ofPort(widePort(body.u16())),
          maxLength: body.u32(),
        };
      },
    },
  ],
  format: ({ port, maxLength }, names) =>
    `output(port=${formatPort(port, names)},max_len=${maxLength})`,
  parse(text, names) {
    const items = splitTopLevel(requireArgument(text)).map(keyValue);
    const value = (key: string) => items.find((item) => item.key === key)?.value;
    const port = parsePort(value("port") ?? "", names);
    if (port === undefined) textError(`Expected a port in "${text.text}"`);
    return {
      kind: "outputTruncated",
      port: ofPort(port),
      maxLength: requireNumber(value("max_len"), "max_len", 0xffffffff),
    };
  },
});
