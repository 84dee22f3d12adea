import { packItems } from './frames.ts';

/** Name of the virtio-serial port that the relay writes to. */
export const RELAY_PORT = 'org.kiln.run';

/**
 * What the host says to the relay: a letter and the run's token in hexadecimal digits. Without the token, an order that
 * came too late would reach the next script, because QEMU keeps it until the port opens again.
 */
export function relayOrder(order: 'kill' | 'goodbye', token: Uint8Array): string {
  return `${order === 'kill' ? 'k' : 'q'}${Buffer.from(token).toString('hex')}`;
}

/** Interpreter of the programs below. Debian and Ubuntu call perl-base essential: it is in every image of theirs. */
export const PERL = '/usr/bin/perl';

/** Greets a relay that has said its token, and brings what it is to run: script id, script, NAME=value… */
export function relayWork(token: Uint8Array, items: readonly (string | Uint8Array)[]): Buffer {
  const packed = packItems(items);
  const head = Buffer.from(`p${Buffer.from(token).toString('hex')}`);
  return Buffer.concat([head, packItems([packed])]);
}

/**
 * Runs in the guest beside each script. Standard input: the run's token. Its work comes through the port (relayWork):
 * the agent takes Base64 inside JSON, and an emulated guest needs a second to read a MiB of that.
 * - Perl, because it hands over an environment byte for byte; a shell drops names that are no identifiers.
 * - It alone holds the port (a port opens once), so a script cannot write to it.
 * - It waits for the host's goodbye before it closes the port: closing drops what the host has not read yet.
 * - A script that a signal ends has the code -1, as with Azure's handler.
 * - Afterwards it drains the pipes for as long as daemons hold them; closing them would end these with SIGPIPE.
 */
export const RELAY_PROGRAM = String.raw`
use strict;
binmode STDIN;
my $token = do { local $/; <STDIN> };
my ($port, $opened);
for (1 .. 100) {
  last if $opened = open $port, '+<', '/dev/virtio-ports/${RELAY_PORT}';
  select undef, undef, undef, 0.1;
}
exit 1 unless $opened;
sub put {
  my ($data, $at) = (join('', @_), 0);
  while ($at < length $data) {
    my $n = syswrite $port, $data, length($data) - $at, $at;
    if (defined $n) { $at += $n } elsif ($! != 4) { exit 1 }
  }
}
my ($hex, $heard) = (unpack('H*', $token), '');
sub hear { sysread $port, $heard, 64, length $heard }
sub ready {
  my ($bits, $timeout) = ('', pop);
  vec($bits, $_, 1) = 1 for @_;
  my $n = select $bits, undef, undef, $timeout;
  return $n > 0 ? grep { vec $bits, $_, 1 } @_ : ();
}
sub frame { put pack 'aN/a*', @_ }
# Out of the agent's control group: upgrading the agent's package must not kill the script that does it.
my $group = '/sys/fs/cgroup/kiln';
mkdir $group;
if (open my $members, '>', "$group/cgroup.procs") { print $members $$ }
put $token;
# Before the work there may be an order of an earlier run, which QEMU has kept, or the end of this one.
my ($early, $length);
until (($early, $length) = $heard =~ /\A(.*?)p$hex(.{4})/s) { hear() or exit 1 }
$length = unpack 'N', $length;
$heard = substr $heard, 5 + length($early) + length $hex;
while (length $heard < $length) { sysread $port, $heard, $length - length $heard, length $heard or exit 1 }
my ($id, $script, @env) = unpack '(N/a*)*', $heard;
$heard = $early;
my $folder = '/var/lib/kiln';
my $file = "$folder/$id";
sub clean { unlink $file; rmdir $folder }
$SIG{TERM} = sub { clean; exit 1 };
$SIG{PIPE} = 'IGNORE';
umask 022;
mkdir $folder, 0700;
my $f;
if (!(open $f, '>', $file) || !(print $f $script) || !close($f) || !chmod(0700, $file)) {
  frame 'e', "kiln: cannot write $file: $!\n";
  frame 'x', 126;
  exit;
}
pipe my $or, my $ow; pipe my $er, my $ew; pipe my $cr, my $cw;
$SIG{CHLD} = sub { syswrite $cw, 'x' };
my $pid = fork;
if (!$pid) {
  $SIG{$_} = 'DEFAULT' for qw(CHLD TERM PIPE);
  setpgrp 0, 0;
  open STDIN, '<', '/dev/null'; open STDOUT, '>&', $ow; open STDERR, '>&', $ew;
  chdir '/';
  %ENV = map { /\A([^=]*)=(.*)\z/s } @env;
  my @command = $script =~ /\A(?:#!|\x7fELF)/ ? ($file) : ('/bin/sh', $file);
  exec { $command[0] } @command;
  print STDERR "kiln: cannot run the script: $!\n";
  exit 126;
}
setpgrp $pid, $pid;
kill 'KILL', -$pid if $heard =~ /k$hex/;
close $ow; close $ew;
my %streams = (fileno($or), [$or, 'o'], fileno($er), [$er, 'e']);
my ($status, $listening) = (undef, 1);
sub forward {
  my ($h, $kind) = @{$streams{$_[0]}};
  my $n = sysread $h, my $data, 65536;
  if ($n) { frame $kind, $data } elsif (defined $n) { delete $streams{$_[0]} }
}
until (defined $status) {
  for my $fd (ready(keys %streams, fileno($cr), $listening ? fileno($port) : (), undef)) {
    if ($streams{$fd}) { forward($fd) }
    elsif ($fd == fileno($cr)) {
      sysread $cr, my $byte, 64;
      $status = $? if waitpid($pid, 1) == $pid;
    } else {
      $listening = hear();
      kill 'KILL', -$pid if $heard =~ /k$hex/;
    }
  }
}
for (1 .. 64) { forward($_) for ready(keys %streams, 0) }
clean;
frame 'x', $status & 127 ? -1 : $status >> 8;
while ($heard !~ /q$hex/ && ready(fileno($port), 10)) { hear() or last }
close $port;
while (%streams) {
  for my $fd (ready(keys %streams, undef)) {
    delete $streams{$fd} unless sysread $streams{$fd}[0], my $data, 65536;
  }
}
`;

/**
 * Makes a clone of a warm snapshot its own machine. Standard input: seconds, nanoseconds, 64 random bytes, machine id.
 * Sets the clock (clock_settime), adds the bytes to the kernel's random pool and makes it draw from them at once
 * (RNDADDENTROPY, RNDRESEEDCRNG; random(4)), so that no two clones share a time or a key.
 */
export const AWAKEN_PROGRAM = String.raw`
use strict;
binmode STDIN;
my ($seconds, $nanoseconds, $seed, $machine) = unpack '(N/a*)*', do { local $/; <STDIN> };
syscall(227, 0, pack 'qq', $seconds, $nanoseconds) == 0 or exit 2;
open my $random, '>', '/dev/urandom' or exit 3;
ioctl $random, 0x40085203, pack('ii', 8 * length $seed, length $seed) . $seed or exit 4;
ioctl $random, 0x5207, 0 or exit 5;
open my $id, '>', '/etc/machine-id' or exit 6;
print $id "$machine\n";
close $id or exit 7;
`;
