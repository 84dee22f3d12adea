import { FRESH, listedIn, type WindowsSystem } from './windows-system.ts';
import { written } from './written.ts';

/** What a simulated machine has, as lines of the listing that Kiln asks real ones for. */
export type ListingLines = readonly string[];

/** The script that asks for the listing. */
const ASKS = /^(?:#!\/bin\/sh\n# kiln-inventory\n|[^]*\n# kiln-inventory\n)/;
/** The first script of a build, which has the source listed. */
const LISTS_SOURCE = '> /var/lib/.kiln-source-inventory';

export const asksForInventory = (script: string): boolean => ASKS.test(script);
export const listsSource = (script: string): boolean => script.includes(LISTS_SOURCE);

const INSTALL =
  /\b(apt-get|apt|dnf|tdnf|yum|pip3?|npm|snap|choco)\s+(?:-\S+\s+)*(?:install|i)\s+([^\n;&|]+)/g;
const FEATURE = /\bInstall-WindowsFeature\s+(?:-Name\s+)?([\w-]+)/gi;
const USER = /\b(?:useradd|adduser)\s+[^\n;&|]*?([a-z_][a-z0-9_-]*)\s*(?=[\n;&|]|$)/g;
const SERVICE = /\bsystemctl\s+(?:--\S+\s+)*enable\s+(?:--\S+\s+)*([\w@.-]+)/g;
/** Said in every version that nobody has looked up. */
const VERSION = '1.0+simulated';

/** What a script would have put into a machine, by the plain commands in it. */
export function linesOf(script: string): string[] {
  const text = written(script).replaceAll(/\\\r?\n/g, ' ');
  return [
    ...[...text.matchAll(INSTALL)].flatMap(([, tool = '', names = '']) => installed(tool, names)),
    ...[...text.matchAll(FEATURE)].map(([, name = '']) => `feature\t${name}`),
    ...[...text.matchAll(USER)].map(([, name = '']) => `user\t${name}:1001:1001:/bin/bash`),
    ...[...text.matchAll(SERVICE)].map(
      ([, name = '']) => `service\t${name.replace(/(?:\.service)?$/, '.service')} enabled`,
    ),
  ];
}

function installed(tool: string, names: string): string[] {
  const words = names.split(/\s+/).filter((word) => /^[A-Za-z0-9@][\w.+:/@=~-]*$/.test(word));
  return words.map((word) => {
    const [, name = word, version = VERSION] = /^(@?[^=@]+)(?:==?|@)(.+)$/.exec(word) ?? [];
    return lineOf(tool, name, version);
  });
}

function lineOf(tool: string, name: string, version: string): string {
  switch (tool) {
    case 'apt':
    case 'apt-get':
      return `deb\tii \t${name}\t${version}\tamd64\t${name}\t${version}`;
    case 'pip':
    case 'pip3': {
      const folder = `/usr/local/lib/python3/dist-packages/${name}-${version}.dist-info`;
      return ['METADATA:Name: ' + name, `METADATA:Version: ${version}`, 'INSTALLER:pip']
        .map((rest) => `python\t${folder}/${rest}`)
        .join('\n');
    }
    case 'npm':
      return `node\t/usr/lib/node_modules/${name}/package.json:"version": "${version}"`;
    case 'snap':
      return `snap\tname\t${name}\nsnap\tversion\t${version}`;
    case 'choco':
      return `windows\t${name}\t${version}\t`;
    default:
      return `rpm\t${name}\t${version}-1\tx86_64\t${name}-${version}-1.src.rpm`;
  }
}

const DEBS =
  'adduser=3.134 apt=2.6.1 base-files=12.4+deb12u8 bash=5.2.15-2 coreutils=9.1-1 libc6=2.36-9+deb12u9 openssh-server=1:9.2p1-2+deb12u3 openssl=3.0.15-1~deb12u1 systemd=252.31-1~deb12u1 tzdata=2024a-0+deb12u1';
const RPMS =
  'bash=5.1.8 coreutils=8.32 glibc=2.34 openssh-server=8.7p1 openssl-libs=1:3.0.7 systemd=252 tzdata=2024a';
const USERS = ['user\troot:0:0:/bin/bash', 'group\troot:0:'];
const SERVICES = ['service\tssh.service enabled', 'service\tcron.service enabled'];
const SSH = ['listen\ttcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=600,fd=3))'];
const DISK = ['disk\t1048576', 'folder\t800000\t/usr', 'folder\t1000000\t/'];

/** Made up, and small: the marketplace image says by its publisher what kind of system it pretends to be. */
function sourceLines(origin: string): ListingLines {
  if (/windows/i.test(origin)) return WINDOWS;
  const rpm = /redhat|rhel|azure-?linux|oracle|suse|rocky|alma|mariner/i.test(origin);
  const os = rpm
    ? 'os\trhel\t9.4\t\tRed Hat Enterprise Linux 9.4 (simulated)'
    : /canonical|ubuntu/i.test(origin)
      ? 'os\tubuntu\t24.04\tnoble\tUbuntu 24.04 LTS (simulated)'
      : 'os\tdebian\t12\tbookworm\tDebian GNU/Linux 12 (bookworm, simulated)';
  const packages = rpm ? installed('dnf', RPMS) : installed('apt', DEBS);
  return [os, 'machine\tx86_64\t6.1.0-28-cloud-amd64', ...packages, ...SERVICES, ...SSH, ...USERS, ...DISK];
}

const WINDOWS: ListingLines = [
  'os\twindows\t10.0.20348.2762\t21H2\tMicrosoft Windows Server 2022 Datacenter (simulated)',
  'machine\tAMD64\t10.0.20348.2762',
  'windows\tMicrosoft Edge\t131.0.2903.63\tx86',
  'hotfix\tKB5046616',
  'feature\tNetFx4ServerFeatures',
  'listen\ttcp\t0.0.0.0\t3389\tsvchost',
  'user\tAdministrator',
  'disk\t12345678',
];

type Layer = {
  readonly origin: string;
  readonly installed?: ListingLines;
  readonly windows?: WindowsSystem;
};

/** The output of the listing script: what the layers of the disk say, the oldest first; the last one is the build's own. */
export function listing(layers: readonly Layer[], withSource: boolean): string {
  const below = layers.slice(0, -1);
  const base = sourceLines(layers[0]?.origin ?? '');
  const before = [...base, ...below.flatMap(({ installed: lines = [] }) => lines)];
  const own = layers.at(-1)?.installed ?? [];
  const system = (of: readonly Layer[]): ListingLines => (base === WINDOWS ? systemLines(of) : []);
  const all = [...before, ...own, ...system(layers), 'end'];
  const source = withSource ? ['source', ...before, ...system(below), 'end'] : [];
  return `${[...all, ...source].join('\n')}\n`;
}

function systemLines(layers: readonly Layer[]): ListingLines {
  const newest = layers.findLast(({ windows }) => windows !== undefined)?.windows;
  return listedIn({ ...FRESH, ...newest });
}
