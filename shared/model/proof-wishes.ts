/** Keeps an image from being distributed for what is known against it. */
export type VulnerabilityGate = {
  readonly failOn: 'low' | 'medium' | 'high' | 'critical';
  /** Only what can be mended by an update counts. */
  readonly fixedOnly: boolean;
  readonly ignore: readonly {
    /** Of the advisory, or one of its other names. */
    readonly id: string;
    /** `2026-12-31`: the last day of it, UTC. */
    readonly until: string;
    readonly why: string;
  }[];
};

/** What an image has to be. `name`: for reports. */
export type Check = { readonly name: string } & (
  | {
      readonly type: 'file';
      readonly path: string;
      readonly absent: boolean;
      readonly mode?: string;
      readonly owner?: string;
      readonly sha256?: string;
      readonly contains?: string;
    }
  | {
      readonly type: 'package';
      readonly package: string;
      readonly absent: boolean;
      readonly version?: string;
    }
  | {
      readonly type: 'service';
      readonly service: string;
      readonly enabled?: boolean;
      readonly running?: boolean;
    }
  | {
      readonly type: 'port';
      readonly port: number;
      readonly protocol: 'tcp' | 'udp';
      readonly listening: boolean;
    }
  | {
      readonly type: 'user';
      readonly user: string;
      readonly absent: boolean;
      readonly groups: readonly string[];
    }
  | {
      readonly type: 'command';
      readonly command: string;
      readonly exitCode: number;
      readonly output?: string;
    }
  | { readonly type: 'kernelParameter'; readonly parameter: string; readonly value: string }
  | {
      readonly type: 'registryKey';
      readonly key: string;
      readonly valueName?: string;
      readonly value?: string;
      readonly absent: boolean;
    }
  | { readonly type: 'feature'; readonly feature: string; readonly installed: boolean }
  | { readonly type: 'size'; readonly mostGB: number; readonly path?: string }
);
