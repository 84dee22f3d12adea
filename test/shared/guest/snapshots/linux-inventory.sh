#!/bin/sh
# kiln-inventory
LC_ALL=C
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export LC_ALL PATH
limited() {
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
}
list_packages() {
  if command -v dpkg-query >/dev/null; then
    dpkg-query -W -f='deb\t${db:Status-Abbrev}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n' \
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
}
list_state() {
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
}
list_repositories() {
  {
    sed -n 's/^[[:space:]]*\(deb[[:space:]]\)/apt\t\1/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list
    for file in /etc/apt/sources.list.d/*.sources; do
      if [ -f "$file" ]; then sed 's/^/deb822\t/' "$file"; printf 'deb822\t\n'; fi
    done
    for file in /etc/yum.repos.d/*.repo /etc/zypp/repos.d/*.repo; do
      if [ -f "$file" ]; then sed -n 's/^\[\|^\(baseurl\|mirrorlist\|metalink\|enabled\)[[:space:]]*=/yum\t&/p' "$file"; fi
    done
  } | sed -e 's/:\/\/[^/@]*@/:\/\//g' -e 's/?[^[:space:]]*//g'
}
list_folders() {
  limited 8 du -xkd 1 / | sed 's/^/folder\t/'
}
{
  list_system; list_packages; list_state; list_repositories; list_folders
  echo end
  if [ -f /var/lib/.kiln-source-inventory ]; then echo source; cat /var/lib/.kiln-source-inventory; fi
} 2>/dev/null | head -c 1000000
rm -f /var/lib/.kiln-source-inventory
exit 0
