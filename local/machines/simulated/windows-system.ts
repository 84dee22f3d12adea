/** Of a service, what Kiln looks at: https://learn.microsoft.com/powershell/module/microsoft.powershell.management/get-service */
export type WindowsService = {
  readonly name: string;
  readonly start: 'Automatic' | 'Manual' | 'Disabled';
  readonly running: boolean;
};

/** What of a simulated Windows can be looked at: it is on its disk, and in what is made of that. Keys are in lower case. */
export type WindowsSystem = {
  /** Text by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Values by `hklm:\<key>\<name>`. */
  readonly registry: Readonly<Record<string, string>>;
  readonly services: Readonly<Record<string, WindowsService>>;
};

/** https://learn.microsoft.com/windows-hardware/manufacture/desktop/windows-setup-states */
const IMAGE_STATE = String.raw`hklm:\software\microsoft\windows\currentversion\setup\state\imagestate`;

const service = (name: string, start: WindowsService['start'], running: boolean) =>
  [name.toLowerCase(), { name, start, running }] as const;

/** As the marketplace has it: the services of the VM agent, and a few that everybody knows. */
export const FRESH: WindowsSystem = {
  files: {},
  registry: { [IMAGE_STATE]: 'IMAGE_STATE_COMPLETE' },
  services: Object.fromEntries([
    service('RdAgent', 'Automatic', true),
    service('WindowsAzureGuestAgent', 'Automatic', true),
    service('W32Time', 'Automatic', true),
    service('WinDefend', 'Automatic', true),
    service('wuauserv', 'Manual', false),
  ]),
};

export function imageStateOf({ registry }: WindowsSystem): string {
  return registry[IMAGE_STATE] ?? '';
}

export function withImageState(system: WindowsSystem, state: string): WindowsSystem {
  return { ...system, registry: { ...system.registry, [IMAGE_STATE]: state } };
}

/** After a start: what starts by itself runs, and nothing else does. */
export function started(system: WindowsSystem): WindowsSystem {
  const services = Object.entries(system.services).map(
    ([key, one]) => [key, { ...one, running: one.start === 'Automatic' }] as const,
  );
  return { ...system, services: Object.fromEntries(services) };
}

/** As Win32_Service says it. */
const START_MODE = { Automatic: 'Auto', Manual: 'Manual', Disabled: 'Disabled' } as const;
const PROGRAM = /^hklm:\\software\\microsoft\\windows\\currentversion\\uninstall\\([^\\]+)\\displayname$/;

/** Its services and programs as lines of the listing. */
export function listedIn({ services, registry }: WindowsSystem): string[] {
  const programs = Object.entries(registry).flatMap(([key, name]) => {
    if (!PROGRAM.test(key)) return [];
    return [`windows\t${name}\t${registry[key.replace(/name$/, 'version')] ?? ''}\t`];
  });
  return [
    ...programs,
    ...Object.values(services).map(({ name, start }) => `service\t${name}\t${START_MODE[start]}`),
  ];
}
