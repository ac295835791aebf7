/** Which objects of a stream are asked for. */
export interface StreamSelection {
  readonly nodeName?: string | undefined;
  readonly name?: string | undefined;
}

/** Reads a field selector; the sentence that says why not, where it is none of ours. */
export function parseSelection(text: string): StreamSelection | string {
  const found: { nodeName?: string; name?: string } = {};
  for (const part of text.split(",").filter((one) => one !== "")) {
    const [, key = "", value = ""] = /^([\w.]+)==?([\w.-]+)$/.exec(part) ?? [];
    if (key === "nodeName") found.nodeName = value;
    else if (key === "metadata.name") found.name = value;
    else
      return `The field selector ${JSON.stringify(part.slice(0, 100))} is neither nodeName=NODE nor metadata.name=NAME`;
  }
  return found;
}
