/** The package of the kernel that `apt-cache depends linux-image-amd64` names; undefined if it names none. */
export function kernelPackage(dependencies: string): string | undefined {
  return /^\s*\|?Depends: (linux-image-\d\S*)$/m.exec(dependencies)?.[1];
}

/** The package of the source that `apt-cache depends linux-source` names; undefined if it names none. */
export function kernelSource(dependencies: string): string | undefined {
  return /^\s*\|?Depends: (linux-source-\d\S*)$/m.exec(dependencies)?.[1];
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
