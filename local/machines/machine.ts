/**
 * What a "virtual machine" is on one machine. The ARM routes in local/azure speak to this port only; `qemu` and
 * `simulated` implement it. Nothing here knows ARM.
 */

import type { DiskContent } from './disk-content.ts';

/** Name of a disk in the disk store: a GUID. */
export type DiskId = string;

export type Generation = 'V1' | 'V2';

export type Architecture = 'x64' | 'Arm64';

export type MachineSpec = {
  readonly id: string;
  readonly generation: Generation;
  /** Boot disk; it is written to. */
  readonly disk: DiskId;
  readonly dataDisks: readonly { readonly lun: number; readonly disk: DiskId }[];
  readonly memoryMiB: number;
  readonly cpus: number;
};

export type PowerState = 'starting' | 'running' | 'stopping' | 'stopped' | 'deallocated';

export type RunRequest = {
  /** File-name safe. */
  readonly id: string;
  /** Interpreted by its own #! line, by /bin/sh without one. Bytes arrive unchanged. */
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Seconds; the whole process group is killed afterwards and the result has `exitCode: -1`, as Azure's agent does. */
  readonly timeoutSeconds: number;
  /** Chunks as they come. */
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void;
  readonly signal?: AbortSignal;
};

export type RunOutcome = {
  readonly exitCode: number;
  /** What the agent says of it, when it could not run the script. */
  readonly message?: string;
};

export interface Machine {
  readonly id: string;
  readonly power: PowerState;
  /** Agent name and version for the instance view, for example `qemu-ga 7.2.22` or `simulated`. Undefined until ready. */
  readonly agent: string | undefined;
  /** Boots and resolves when the agent answers. Rejects when the guest does not come up in time. */
  start(): Promise<void>;
  /** One at a time; rejects when the machine stops while the script runs. */
  run(request: RunRequest): Promise<RunOutcome>;
  /** Reboots; resolves when the agent answers with another boot id. */
  restart(): Promise<void>;
  /** Orderly power-off; `force` pulls the plug. Resolves when the machine is off. Off already: resolves at once. */
  powerOff(force: boolean): Promise<void>;
  /** Called once each time the guest switches itself off. */
  onPowerOff(listener: () => void): void;
  /** Everything the serial console printed, newest 256 KiB. */
  serialLog(): Promise<string>;
  /** Stops it and frees what it holds; disks stay. */
  dispose(): Promise<void>;
}

export interface Disks {
  /** Registers a file as a read-only disk without copying it. The same file gives the same id. */
  adopt(file: string, format: 'qcow2' | 'raw' | 'vpc'): Promise<DiskId>;
  /** Copy-on-write child; grows when `sizeGiB` is larger than the parent. */
  overlay(parent: DiskId, sizeGiB?: number): Promise<DiskId>;
  blank(sizeGiB: number): Promise<DiskId>;
  /** Freezes the content: later writes to `disk` go elsewhere and the returned disk never changes. No copy. */
  snapshot(disk: DiskId): Promise<DiskId>;
  /** Bytes that a guest sees. */
  virtualSize(disk: DiskId): Promise<number>;
  /** The disk as it is now, to be read; later writes do not show. The caller closes it. */
  content(disk: DiskId): Promise<DiskContent>;
  /** Forgets the disk; its file goes when nothing is layered on it. */
  remove(disk: DiskId): Promise<void>;
}

/** One kind of machines with their disks, for example QEMU on this host. */
export interface MachineRoom {
  readonly kind: 'qemu' | 'simulated';
  /** One line for people: `QEMU 7.2.22, TCG (KVM is present but a probe guest did not boot)`. */
  readonly description: string;
  readonly disks: Disks;
  create(spec: MachineSpec): Promise<Machine>;
  /** Stops every machine; disks stay for the next start. */
  close(): Promise<void>;
}

/** A marketplace image that can be booted here. */
export type LocalImage = {
  readonly publisher: string;
  readonly offer: string;
  readonly sku: string;
  /** Three dot-separated integers, for example 12.20261123.0. */
  readonly version: string;
  readonly generation: Generation;
  readonly osType: 'Linux' | 'Windows';
  /** `x64` unless it says otherwise. */
  readonly architecture?: Architecture;
  /** False: a V2 image without the feature `SecurityType`, as some are; its machines cannot be trusted. */
  readonly trustedLaunch?: boolean;
  /** What a paid image asks of its machines; its terms must be accepted first. */
  readonly plan?: { readonly name: string; readonly product: string; readonly publisher: string };
  readonly deprecation?: {
    readonly state: 'ScheduledForDeprecation' | 'Deprecated';
    /** ISO 8601. */
    readonly on?: string;
    readonly alternative?: string;
  };
};

export interface Marketplace {
  list(): Promise<LocalImage[]>;
  /** Makes the disk if it is not cached (minutes at the first call), verifies it, and hands it out read-only. */
  disk(image: LocalImage): Promise<DiskId>;
  /** How far the disk is that is being made now; undefined when none is. Absent where none ever is. */
  progress?(): MakingProgress | undefined;
}

/** Of a base image that is being made for the first time on this computer. */
export type MakingProgress = {
  /** What is happening, for people. */
  readonly what: string;
  readonly megabytes: number;
  /** Expected in all; becomes exact once apt has told the sizes. */
  readonly ofMegabytes: number;
  readonly seconds: number;
  /** Absent until something has arrived: nobody knows how fast the network is. */
  readonly secondsLeft?: number;
};
