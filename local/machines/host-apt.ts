import { readFile } from 'node:fs/promises';
import { command } from '../machines/command.ts';
import { HOST_FROM_GUEST } from '../machines/qemu/guest-firewall.ts';

/** How packages are reached from this host; a build VM on it must reach them the same way. */
export type HostApt = {
  readonly mirror: string;
  readonly securityMirror: string;
  /** Lines for apt.conf: proxy and certificate settings of the host. May hold a password: never stored in an image. */
  readonly options: readonly string[];
};

const DEFAULT_MIRROR = 'http://deb.debian.org/debian';
const DEFAULT_SECURITY_MIRROR = 'http://deb.debian.org/debian-security';

/** Settings of the host that decide whether a download works. Everything else of apt.conf is the host's own business. */
const HANDED_ON =
  /^Acquire::(?:https?::(?:Proxy(?:::[^ ]+)?|Verify-Peer|Verify-Host)|Check-Valid-Until|Check-Date) "([^"]*)";$/;

/** `apt-config dump` → the lines that a build and its guests need. `http_proxy` counts when apt itself has no proxy. */
export function aptOptionsFrom(
  dump: string,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const options = dump.split('\n').filter((line) => (HANDED_ON.exec(line)?.[1] ?? '') !== '');
  for (const scheme of ['http', 'https']) {
    const proxy = environment[`${scheme}_proxy`];
    const already = options.some((line) => line.startsWith(`Acquire::${scheme}::Proxy "`));
    const usable = proxy !== undefined && /^https?:\/\/[^"\s;]+$/.test(proxy);
    if (usable && !already) options.push(`Acquire::${scheme}::Proxy "${proxy}";`);
  }
  return options;
}

/** Rows of `apt-get indextargets` ("uri release component") → the Debian mirrors among them, or Debian's own. */
export function mirrorsFrom(targets: string, codename: string): Pick<HostApt, 'mirror' | 'securityMirror'> {
  const rows = targets.split('\n').map((line) => line.trim().split(' '));
  const find = (release: string, path: RegExp): string | undefined =>
    rows
      .filter((row) => row[1] === release && row[2] === 'main')
      .map((row) => (row[0] ?? '').replace(/\/+$/, ''))
      // A password in the address would end up in the image's sources.list.
      .find((uri) => /^https?:\/\/[^@]+$/.test(uri) && path.test(uri));
  return {
    mirror: find(codename, /\/debian$/) ?? DEFAULT_MIRROR,
    securityMirror: find(`${codename}-security`, /security/) ?? DEFAULT_SECURITY_MIRROR,
  };
}

/** The same setting for a guest: the host's loopback address has another name there. */
export function asSeenFromGuest(text: string): string {
  return text.replaceAll(
    /(\/\/(?:[^/@"]*@)?)(?:localhost|127\.\d+\.\d+\.\d+)(?=[:/"]|$)/g,
    `$1${HOST_FROM_GUEST}`,
  );
}

/** Reads the host's apt. An Ubuntu host has no Debian mirror of its own: Debian's public one is used through its proxy. */
export async function readHostApt(): Promise<HostApt> {
  const options = aptOptionsFrom(await command('apt-config', ['dump']), process.env);
  const forced = process.env['KILN_DEBIAN_MIRROR'];
  if (forced !== undefined && forced !== '')
    return { mirror: forced, securityMirror: `${forced}-security`, options };
  const release = await readFile('/etc/os-release', 'utf8');
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? '';
  if (!/^ID=debian$/m.test(release)) return { ...mirrorsFrom('', ''), options };
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)';
  const targets = await command('apt-get', ['indextargets', '--format', format]);
  return { ...mirrorsFrom(targets, codename), options };
}

/** Lines of apt.conf with which a guest on this host reaches packages. None on a host without apt. */
export async function guestAptOptions(): Promise<readonly string[]> {
  const dump = await command('apt-config', ['dump']).catch(() => '');
  return aptOptionsFrom(dump, process.env).map(asSeenFromGuest);
}
