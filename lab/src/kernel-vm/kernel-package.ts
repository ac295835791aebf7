/** The first package of a kernel, or of its source, that `apt-cache depends` names; undefined if it names none. */
export function dependencyOf(dependencies: string): string | undefined {
  return /^\s*\|?Depends: (linux-(?:image|source)-\d\S*)$/m.exec(dependencies)?.[1];
}

/** Folders below kernel/ of a module tree that a network, a container or the guest itself may want. */
export const keptModules = ["arch", "crypto", "drivers", "fs", "lib", "net"] as const;

/** Drivers of hardware that the guest does not have: most of the tree. */
export const droppedDrivers = [
  ...["ata", "bluetooth", "cpufreq", "edac", "gpu", "hid", "hwmon", "i2c", "iio", "infiniband"],
  ...["input", "isdn", "leds", "media", "memstick", "message", "mfd", "misc", "mmc", "mtd"],
  ...["net/can", "net/ethernet", "net/wireless", "nfc", "nvme", "pcmcia", "platform", "power"],
  ...["scsi", "soundwire", "spi", "staging", "thunderbolt", "usb", "video", "w1"],
] as const;
