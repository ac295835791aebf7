import { commandsFor, text } from "@antrea/command";

/** Options that every command has. */
export const globals = {
  name: text("Which lab of this machine", { default: "lab", placeholder: "NAME" }),
};

export interface Context {
  /** Name of the lab. */
  readonly labName: string;
}

export const define = commandsFor<Context>();
