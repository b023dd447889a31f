import type { Method } from './containment.ts';
import { findTool } from './find-program.ts';
import { startSupervisor } from './lifeline.ts';

/**
 * The supervisor: orphans of its descendants become its children (PR_SET_CHILD_SUBREAPER), so that whoever descends from it is found
 * by following parents in /proc. No standard tool does this, and Node cannot; Perl, which most Linux systems have, reaches any
 * system call by its number. A reader of its own receives the signals, since one process cannot wait for a child and for a
 * line without a race. USR1 says that a signal was sent: then the others have time to end, too, when the command has ended. Whoever
 * kills the supervisor itself escapes.
 */
const SUPERVISOR = `
my ($prctl, $setsid, $restore) = splice @ARGV, 0, 3;
exit 126 if syscall($prctl, 36, 1, 0, 0, 0) != 0;
my ($self, $stopped, $killed) = ($$, 0, 0);
$SIG{USR1} = sub { $stopped = 1 };
$SIG{USR2} = sub { $killed = 1 };

sub others {
  my ($but, %children) = @_;
  opendir(my $proc, '/proc') or return;
  for my $pid (grep { /^[0-9]+$/ } readdir $proc) {
    open(my $file, '<', "/proc/$pid/stat") or next;
    my $stat = do { local $/; <$file> } // next;
    push @{$children{$2}}, [$pid, $1] if $stat =~ /^[0-9]+ \\(.*\\) (\\S) ([0-9]+)/s;
  }
  my ($found, @parents) = ([], $self);
  while (defined(my $parent = shift @parents)) {
    for my $child (@{$children{$parent} || []}) {
      next if $child->[0] == $but;
      push @parents, $child->[0];
      push @$found, $child->[0] if $child->[1] !~ /[ZX]/;
    }
  }
  return @$found;
}
sub reap { 1 while waitpid(-1, 1) > 0 }
sub pause { select(undef, undef, undef, $_[0]) }
# What became another user's cannot be killed; it is not waited for.
sub kill_others {
  my ($but) = @_;
  while (my @found = others($but)) {
    last unless grep { kill 'KILL', $_ } @found;
    reap() if $$ == $self;
    pause(0.005);
  }
}

my $reader = fork() // exit 126;
if ($reader == 0) {
  open(STDOUT, '>', '/dev/null');
  open(STDERR, '>', '/dev/null');
  while (defined(my $line = <STDIN>)) {
    last if $line !~ /^TERM/;
    kill 'USR1', $self;
    my @found = others($$);
    kill $_, @found for 'TERM', 'CONT';
  }
  kill 'USR2', $self;
  # Again and again, until the end: the command may be just about to start.
  while (getppid() == $self) { kill_others($$); pause(0.02) }
  exit 0;
}
open(STDIN, '<', '/dev/null');
my $command = fork() // exit 126;
if ($command == 0) {
  syscall($setsid);
  delete $ENV{PERL_BADLANG};
  for (split /\\0/, pack('H*', $restore)) { /^([^=]+)=(.*)$/s and $ENV{$1} = $2 }
  $SIG{__WARN__} = sub {};
  exec { $ARGV[0] } @ARGV;
  exit 127;
}
my $status;
until (defined $status) {
  my $pid = waitpid(-1, 0);
  $status = $? if $pid == $command;
}
while ($stopped && !$killed && others($reader)) { reap(); pause(0.02) }
kill_others($reader);
kill 'KILL', $reader;
exit($status & 127 ? 128 + ($status & 127) : $status >> 8);
`;

/** The numbers of prctl and setsid; the second pair is that of all architectures that came after x86. */
const SYSCALLS: Readonly<Record<string, readonly [number, number]>> = {
  x64: [157, 112],
  arm64: [167, 157],
  riscv64: [167, 157],
  loong64: [167, 157],
};

/** perlrun(1). */
const READ_BY_PERL =
  /^(PERL5(LIB|OPT|DB|DB_THREADED|SHELL)|PERLLIB|PERLIO|PERLIO_DEBUG|PERL_(BADLANG|UNICODE|SIGNALS|HASH_SEED|HASH_SEED_DEBUG|PERTURB_KEYS|MEM_LOG|DEBUG_MSTATS|DESTRUCT_LEVEL|INTERNAL_RAND_SEED))$/;

export function subreaper(): Method | undefined {
  const perl = findTool('perl');
  const numbers = SYSCALLS[process.arch];
  if (process.platform !== 'linux' || perl === undefined || numbers === undefined) return undefined;
  return {
    containment: 'subreaper',
    start: ({ argv, cwd, env }) => {
      // Perl would heed what is meant for the command's own Perl, and complain of an unknown locale.
      const entries = Object.entries(env);
      const perls = entries.filter(([name]) => READ_BY_PERL.test(name));
      const others = entries.filter(([name]) => !READ_BY_PERL.test(name));
      const restored = Buffer.from(perls.map(([name, value]) => `${name}=${value}`).join('\0')).toString(
        'hex',
      );
      const settings = [...numbers.map(String), restored];
      return startSupervisor([perl, '-e', SUPERVISOR, '--', ...settings, ...argv], {
        cwd,
        env: { ...Object.fromEntries(others), PERL_BADLANG: '0' },
      });
    },
  };
}
