/**
 * The parts of the listing that Linux machines make of themselves: lines of a word and its fields, separated by tabs, that
 * shared/inventory reads. POSIX tools only, nothing is written, and each part stands alone: one that fails prints less.
 */

/** Where the first step leaves what the source brought along, until the last listing takes it away. */
export const SOURCE_LISTING = '/var/lib/.kiln-source-inventory';

const SYSTEM = String.raw`limited() {
  if command -v timeout >/dev/null 2>&1; then timeout "$@"; else shift; "$@"; fi
}
list_system() {
  printf 'os\t%s\t%s\t%s\t%s\n' "$(release ID)" "$(release VERSION_ID)" "$(release VERSION_CODENAME)" "$(release PRETTY_NAME)"
  printf 'machine\t%s\t%s\n' "$(uname -m)" "$(booted_kernel)"
  printf 'disk\t%s\n' "$(df -kP / | sed -n '$s/^[^ ]* *[0-9]* *\([0-9]*\).*/\1/p')"
}
release() { sed -n "s/^$1=[\"']*\([^\"']*\).*/\1/p" /etc/os-release; }
# The one that the next boot takes: after an update it is not the one that runs.
booted_kernel() {
  for link in /vmlinuz /boot/vmlinuz "$(grubby --default-kernel)"; do
    file=$(readlink -f "$link")
    if [ -f "$file" ]; then echo "$file" | sed 's/.*vmlinuz-//'; return; fi
  done
  newest=$(find /boot -name 'vmlinuz-*' | sed -e '/rescue/d' -e 's/.*vmlinuz-//' | sort -V | tail -n 1)
  if [ -n "$newest" ]; then echo "$newest"; else uname -r; fi
}`;

/**
 * Source packages: https://manpages.debian.org/dpkg-query (source:Package), and the name of the source archive for rpm.
 * Who has installed a Python package stands in INSTALLER: https://peps.python.org/pep-0627/; those of the distribution
 * are in its own packages already.
 */
const PACKAGES = String.raw`list_packages() {
  if command -v dpkg-query >/dev/null; then
    dpkg-query -W -f='deb\t${'$'}{db:Status-Abbrev}\t${'$'}{Package}\t${'$'}{Version}\t${'$'}{Architecture}\t${'$'}{source:Package}\t${'$'}{source:Version}\n' \
      || printf 'lack\tpackages: dpkg-query could not read all of them.\n'
  fi
  if command -v rpm >/dev/null; then
    rpm -qa --qf 'rpm\t%{NAME}\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\n' \
      || printf 'lack\tpackages: rpm could not read all of them.\n'
  fi
  for file in /snap/*/current/meta/snap.yaml /var/lib/snapd/snap/*/current/meta/snap.yaml; do
    if [ -f "$file" ]; then sed -n "s/^\(name\|version\): *['\"]*\([^'\"]*\).*/snap\t\1\t\2/p" "$file"; fi
  done
  for folder in /usr/lib/python3*/dist-packages /usr/lib/python3*/site-packages /usr/lib64/python3*/site-packages \
    /usr/local/lib/python3*/dist-packages /usr/local/lib*/python3*/site-packages /opt/*/lib/python3*/site-packages; do
    if [ -d "$folder" ]; then
      grep -sHEm 2 '^(Name|Version): ' "$folder"/*.dist-info/METADATA "$folder"/*.egg-info/PKG-INFO "$folder"/*.egg-info
      grep -sHm 1 . "$folder"/*.dist-info/INSTALLER
    fi
  done | sed 's/^/python\t/'
  for folder in /usr/lib/node_modules /usr/local/lib/node_modules; do
    if [ -d "$folder" ]; then
      grep -sHom 1 '"version": *"[^"]*"' "$folder"/*/package.json "$folder"/@*/*/package.json
    fi
  done | sed 's/^/node\t/'
}`;

const STATE = String.raw`list_state() {
  if command -v systemctl >/dev/null; then
    { limited 30 systemctl list-unit-files --type=service --state=enabled,disabled,masked,static --no-legend --no-pager \
      || printf 'lack\tservices: systemctl did not list all of them in time.\n'; } | sed '/^lack/!s/^/service\t/'
  else
    for link in /etc/rc3.d/S*; do echo "$link" | sed -n 's/.*\/S[0-9]*\(.*\)/service\t\1 enabled/p'; done
  fi
  if command -v ss >/dev/null; then
    { limited 30 ss -Hlntup || printf 'lack\tlistening: ss did not list all ports in time.\n'; } \
      | sed '/^lack/!s/^/listen\t/'
  else
    for kind in tcp tcp6 udp udp6; do sed "s/^/socket\t$kind\t/" "/proc/net/$kind"; done
  fi
  cut -d : -f 1,3,4,7 /etc/passwd | sed 's/^/user\t/'
  cut -d : -f 1,3,4 /etc/group | sed 's/^/group\t/'
}`;

/** No name, password or token that stands in an address leaves the machine. */
const REPOSITORIES = String.raw`list_repositories() {
  {
    sed -n 's/^[[:space:]]*\(deb[[:space:]]\)/apt\t\1/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list
    for file in /etc/apt/sources.list.d/*.sources; do
      if [ -f "$file" ]; then sed 's/^/deb822\t/' "$file"; printf 'deb822\t\n'; fi
    done
    for file in /etc/yum.repos.d/*.repo /etc/zypp/repos.d/*.repo; do
      if [ -f "$file" ]; then sed -n 's/^\[\|^\(baseurl\|mirrorlist\|metalink\|enabled\)[[:space:]]*=/yum\t&/p' "$file"; fi
    done
  } | sed -e 's/:\/\/[^/@]*@/:\/\//g' -e 's/?[^[:space:]]*//g'
}`;

const FOLDERS = String.raw`list_folders() {
  limited 8 du -xkd 1 / | sed 's/^/folder\t/'
}`;

/** What both listings are made of. */
const FUNCTIONS = [SYSTEM, PACKAGES, STATE, REPOSITORIES].join('\n');

/**
 * For the first script of a build: what the source brought along, so that it can be told from what the build has added.
 * Folders are not measured, which takes longest. It cannot fail the step.
 */
export const LIST_SOURCE = `(
set +eu
umask 077
LC_ALL=C
export LC_ALL
${FUNCTIONS}
{ list_system; list_packages; list_state; list_repositories; echo end; } 2>/dev/null > ${SOURCE_LISTING}
exit 0
)`;

/** Bytes of output: what one read of a log gives back, with some room. */
const MOST_BYTES = 1_000_000;

/** Prints the listing and, behind `source`, that of the first step. */
export const LINUX_INVENTORY = `#!/bin/sh
# kiln-inventory
LC_ALL=C
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export LC_ALL PATH
${FUNCTIONS}
${FOLDERS}
{
  list_system; list_packages; list_state; list_repositories; list_folders
  echo end
  if [ -f ${SOURCE_LISTING} ]; then echo source; cat ${SOURCE_LISTING}; fi
} 2>/dev/null | head -c ${MOST_BYTES}
rm -f ${SOURCE_LISTING}
exit 0
`;
