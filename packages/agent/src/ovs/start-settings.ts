import { type OpenVSwitchRow } from "@antrea/ovsdb";

/** Keys of other_config that ovs-vswitchd reads only when it starts, ovs-vswitchd.conf.db(5). */
export const startSettingKeys = ["hw-offload", "userspace-tso-enable"] as const;

/** What ovs-vswitchd is to start with; a key without a value is not set. */
export type StartSettings = Readonly<Record<(typeof startSettingKeys)[number], string | undefined>>;

/** The external ID under which antrea-ovs says what the ovs-vswitchd that runs was started with. */
export const startedWithKey = "antrea-started-with";

/** What the database wishes, as text that is equal for equal settings: "hw-offload=true". */
export function wishedStart({ other_config }: Pick<OpenVSwitchRow, "other_config">): string {
  return textOf((key) => other_config.get(key));
}

export function startText(settings: StartSettings): string {
  return textOf((key) => settings[key]);
}

/** What runs was started with; undefined while nobody has said. */
export function startedWith(row: Pick<OpenVSwitchRow, "external_ids">): string | undefined {
  return row.external_ids.get(startedWithKey);
}

function textOf(valueOf: (key: keyof StartSettings) => string | undefined): string {
  const pairs = startSettingKeys.flatMap((key) => {
    const value = valueOf(key);
    return value === undefined ? [] : [`${key}=${value}`];
  });
  return pairs.join(" ");
}
