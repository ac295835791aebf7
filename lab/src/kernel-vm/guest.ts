import { dirname } from "node:path";
import { shellWords } from "./shell-words.ts";

/** What a guest runs, and where. */
export interface GuestCommand {
  readonly argv: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Names of the virtio ports (QEMU's `virtserialport,name=`) and of the shared file system. */
export const guestNames = {
  stdout: "antrea.stdout",
  stderr: "antrea.stderr",
  status: "antrea.status",
  machineRoot: "machine",
} as const;

/** What a guest has of the one or the other machine, each in the words of a shell. */
export interface GuestMachine {
  /** What it needs before it can read the modules of this machine's disk. */
  readonly firstModules: readonly string[];
  /** How this machine's files come to /machine, read-only. */
  readonly mountFiles: string;
  /** Prepares the channels, and says `status`, `stdout` and `stderr` of each its device. */
  readonly channels: string;
  readonly diskModules: string;
  readonly diskDevice: string;
}

/** QEMU's: virtio throughout. */
export const emulatedGuest: GuestMachine = {
  firstModules: ["virtio_pci", "virtio_console", "9p", "9pnet_virtio", "overlay"],
  mountFiles: `mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=loose,ro ${guestNames.machineRoot} /machine`,
  channels: `port() {
  for name in /sys/class/virtio-ports/*/name; do
    if [ "$(cat "$name")" = "$1" ]; then echo "/dev/$(basename "$(dirname "$name")")"; fi
  done
}
status=$(port ${guestNames.status}) stdout=$(port ${guestNames.stdout}) stderr=$(port ${guestNames.stderr})`,
  diskModules: "modprobe -a virtio_blk ext4",
  diskDevice: "/dev/vda",
};

/**
 * User-mode Linux's: drivers are built in, and serial lines are the channels. Its /proc/cpuinfo says no
 * clock rate, without which the kubelet does not start: the guest gets this machine's.
 */
export const userModeGuest: GuestMachine = {
  firstModules: [],
  mountFiles: "mount -t hostfs -o ro,/ machine /machine",
  channels: `mount --bind /run/antrea-vm/cpuinfo /proc/cpuinfo
status=/dev/ttyS2 stdout=/dev/ttyS0 stderr=/dev/ttyS1
for line in "$status" "$stdout" "$stderr"; do stty -F "$line" raw -echo; done`,
  diskModules: "true",
  diskDevice: "/dev/ubda",
};

/** A disk with copies of two folders of the machine, `images` and `programs`, which the guest has from there. */
export interface GuestDisk {
  /** The names by which the machine has the prepared images. */
  readonly images: readonly [string, ...string[]];
  /** The machine's folder of the cluster's programs. */
  readonly programs: string;
}

/** Where that disk is, or memory in its place: a file system on which containerd can lay overlays. */
const diskFolder = "/var/lib/antrea-vm";

/** Where labs keep their state. */
export const guestStateFolder = `${diskFolder}/state`;

/**
 * The first program of the guest, for busybox: loads the modules of /modules/order, lays a
 * file system in memory over the machine's read-only one, and goes on there with /second-stage.
 */
export function firstStage({ mountFiles }: Pick<GuestMachine, "mountFiles">): string {
  return `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module"; done < /modules/order
${mountFiles}
mount -t tmpfs -o size=75% written /written
mkdir /written/files /written/work
mount -t overlay -o lowerdir=/machine,upperdir=/written/files,workdir=/written/work overlay /root
mount -t tmpfs run /root/run
mkdir /root/run/antrea-vm
cp /second-stage /command /cpuinfo /root/run/antrea-vm/
for folder in proc sys dev; do mount --move "/$folder" "/root/$folder"; done
cd /root
# Not chroot alone: whoever enters a mount namespace begins at its root.
mount --move . /
exec chroot . /bin/sh /run/antrea-vm/second-stage
`;
}

/**
 * What a machine has that booted, then the command. What it left running is ended, each port gets the
 * mark of guest-text.ts, and the exit code goes to the status port as "exit N"; then we are switched off.
 */
export function secondStage({
  machine,
  modules,
  disk,
}: {
  readonly machine: GuestMachine;
  readonly modules: string;
  readonly disk?: GuestDisk | undefined;
}): string {
  return `export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
ln -sf /proc/self/fd /dev/fd
mount -t cgroup2 cgroup2 /sys/fs/cgroup
for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
  echo "+$controller" > /sys/fs/cgroup/cgroup.subtree_control
done
mkdir -p /usr/lib/modules ${diskFolder} /run/lock
mount --bind ${shellWords([modules])} /usr/lib/modules
modprobe tun
${disk ? mountDisk(disk, machine) : `mount -t tmpfs -o size=75% state ${diskFolder}`}
mkdir -p ${guestStateFolder}
ip link set lo up
${machine.channels}
exec 3> "$status" 4> "$stdout" 5> "$stderr"
echo ready >&3
sh /run/antrea-vm/command >&4 2>&5 3>&- 4>&- 5>&- < /dev/null
code=$?
kill -KILL -1
printf '\\004' >&4
printf '\\004' >&5
echo "exit $code" >&3
while :; do sleep 60; done
`;
}

/** A lab makes hard links to the images, which no bind mount lets it do: they are reached by symbolic links. */
function mountDisk(
  { images, programs }: GuestDisk,
  { diskModules, diskDevice }: GuestMachine,
): string {
  return `${diskModules}
mount -t ext4 -o noatime ${diskDevice} ${diskFolder}
mount -t tmpfs images ${shellWords([dirname(images[0])])}
for name in ${shellWords(images)}; do ln -s ${diskFolder}/images "$name"; done
mount --bind ${diskFolder}/programs ${shellWords([programs])}`;
}

/** The command as a script for sh(1). */
export function commandScript({ argv, folder, env }: GuestCommand): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return `cd ${shellWords([folder])} && exec env -i ${shellWords([...variables, ...argv])}\n`;
}
