const Ee=5449,ge=[5449],Le={75449:((Se,w,l)=>{l.r(w),l.d(w,{createRunCommand:()=>pe});var g=l(51455),R=l(48161),p=l(76760);const I=["pid-namespace","user-namespace","subreaper","process-group"];var h=l(31421),B=l(77598),T=l(78474),K=l(58500);const F=`
exec 2>/dev/null
group= mark=$1
all() {
  [ "$group" ] && kill -s "$1" -- "-$group"
  for file in $(grep -l -F "$mark" /proc/[0-9]*/environ); do
    pid=\${file#/proc/} pid=\${pid%/environ}
    in_group "$pid" || { kill -s "$1" "$pid" && found=yes; }
  done
}
in_group() {
  read -r stat <"/proc/$1/stat" || return 1
  set -- \${stat##*) }
  [ "$3" = "$group" ]
}
kill_all() {
  tries=0 found=yes
  while [ "$found" ] && [ $tries -lt 50 ]; do
    found= tries=$((tries + 1))
    all KILL
  done
  exit 0
}
while IFS= read -r line; do
  case $line in
    TERM) all TERM; all CONT ;;
    KILL) kill_all ;;
    done) exit 0 ;;
    *) group=$line ;;
  esac
done
kill_all
`,v={containment:"process-group",start:({argv:[t="",...e],cwd:n,env:r,leavesNothing:s})=>{const i=`SHIP_PROOF_MARK=${(0,B.randomBytes)(16).toString("hex")}`,o=(0,h.spawn)("/bin/sh",["-c",F,"ship-proof",i],{env:{},cwd:"/",stdio:["pipe","ignore","ignore"],detached:!0}),c=(0,T.once)(o,"exit").catch(()=>{});o.stdin.on("error",()=>{});const d=j(t,e,n,{...r,SHIP_PROOF_MARK:i.slice(16)},o);d.pid!==void 0&&o.stdin.write(`${d.pid}
`);let a=!1;const u=m=>{a=!0,o.stdin.write(`${m}
`),m==="KILL"&&A(d.pid,"SIGKILL")};let E=!1;return{child:d,send:m=>{E||=m==="KILL",u(m)},settle:async()=>{for(;a&&!E&&A(d.pid,0);)await(0,K.setTimeout)(20);o.stdin.end(a||s?`KILL
`:`done
`),await c}}}};function j(t,e,n,r,s){try{return(0,h.spawn)(t,e,{cwd:n,env:r,stdio:["ignore","pipe","pipe"],detached:!0})}catch(i){throw s.stdin.end(`done
`),i}}function A(t,e){if(t===void 0)return!1;try{return process.kill(-t,e),!0}catch(n){const{code:r}=n;if(r==="EPERM")return!0;if(r!=="ESRCH")throw n;return!1}}const N=["PWD","OLDPWD","SHLVL","_"],V=/^(BASH.*|SHELLOPTS|ENV|IFS|OPTIND|OPTARG|PPID|UID|EUID|GROUPS|LINENO|RANDOM|SECONDS|PS[0-9])$/,W=/^[A-Za-z_][A-Za-z0-9_]*$/,Y=([t=""],e)=>!/^-|=/.test(t)&&Object.keys(e).every(n=>W.test(n)&&!V.test(n)),J=t=>[...N.filter(e=>t[e]===void 0).flatMap(e=>["-u",e]),...N.filter(e=>t[e]!==void 0).map(e=>`${e}=${t[e]}`)],P=t=>Buffer.from(JSON.stringify({environment:t,umask:process.umask()})).toString("base64"),k=["--no-warnings","-e",`
const { closeSync, readFileSync } = require('node:fs');
const { environment, umask } = JSON.parse(Buffer.from(readFileSync(5, 'latin1'), 'base64').toString());
closeSync(5);
process.umask(umask);
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {});
const [file, ...args] = process.argv.slice(1);
const child = require('node:child_process').spawn(file, args, { env: environment, stdio: 'inherit', detached: true });
child.on('error', () => process.exit(127));
child.on('exit', (code, signal) => process.exit(code ?? 128 + require('node:os').constants.signals[signal]));
`,"--"];var $=l(73024);const x="/usr/bin:/bin";function _(t,e,n){if(t==="")return{code:"ENOENT"};if(t.includes("/"))return L((0,p.resolve)(n,t));let r=!1;for(const s of(e??x).split(p.delimiter)){const i=L((0,p.isAbsolute)(s)?(0,p.join)(s,t):(0,p.resolve)(n,s,t));if("file"in i)return i;r||=i.code==="EACCES"}return{code:r?"EACCES":"ENOENT"}}function f(t){const e=_(t,`${process.env.PATH??x}:/usr/bin:/bin:/usr/sbin:/sbin`,"/");return"file"in e?e.file:void 0}function L(t){try{if(!(0,$.statSync)(t).isFile())return{code:"EACCES"};(0,$.accessSync)(t,$.constants.X_OK)}catch(n){const{code:r}=n;if(r===void 0)throw n;return{code:r}}const e=X(t);return e===void 0||"file"in L(e)?{file:t}:{code:"ENOENT"}}function X(t){const e=Buffer.alloc(256);try{const n=(0,$.openSync)(t,"r");try{(0,$.readSync)(n,e)}finally{(0,$.closeSync)(n)}}catch{return}return/^#![ \t]*(\/[^\s\0]+)/.exec(e.toString("latin1"))?.[1]}function S([t="",...e],n){const r=(0,h.spawn)(t,e,{cwd:n.cwd,env:n.env,stdio:["pipe","pipe","pipe"],detached:!0});r.stdin.on("error",()=>{}),n.first!==void 0&&r.stdin.write(`${n.first}
`);const s=(0,T.once)(r,"exit").catch(()=>{});return{child:r,send:i=>{r.stdin.write(`${i}
`),i==="KILL"&&z(r,s)},settle:async()=>{await s}}}const Z=3e3;async function z(t,e){const n=setTimeout(()=>t.kill("SIGKILL"),Z);await e,clearTimeout(n)}const O=`
exec 3<&0 4>&2 </dev/null 2>/dev/null
stopped= killed=
trap 'stopped=1' USR1
trap 'killed=1' USR2
if [ "$1" = carried ]; then IFS= read -r carried <&3; fi
(
  while IFS= read -r signal <&3; do
    case $signal in
      TERM) kill -s USR1 1; kill -s TERM -- -1; kill -s CONT -- -1 ;;
      *) break ;;
    esac
  done
  kill -s USR2 1
  while :; do kill -s KILL -- -1; sleep 0.05; done
) 4>&- >/dev/null &
if [ "$1" = carried ]; then
  shift
  (exec "$@" 2>&4 3<&- 4>&-) 5<<END
$carried
END
else
  shift
  (exec "$@" 2>&4 3<&- 4>&-)
fi
code=$?
others() { set -- /proc/[0-9]*; [ $# -gt 2 ]; }
while [ "$stopped" ] && [ ! "$killed" ] && others; do sleep 0.02 >/dev/null; done
exit $code
`,D=["--pdeathsig","KILL"],Q=["--pid","--mount-proc","--fork","--kill-child"];function q(){const t=y([]);return t&&C("pid-namespace",t)}function ee(){const t=y(["--map-current-user"]);return t&&C("user-namespace",t)}function te(){const[t,e,n,r]=[f("sudo"),f("env"),f("setpriv"),y([])],s=ne();if(!(t&&e&&n&&r&&s))return;const[,,,...i]=r;return{containment:"pid-namespace",start:({argv:o,cwd:c,env:d})=>S([t,"-n","--",...i,e,"-i",b,"-c",O,"ship-proof","carried",n,...s,"--",process.execPath,...k,...o],{cwd:c,env:{},first:P(d)})}}const b="/bin/sh";function y(t){const[e,n]=[f("setpriv"),f("unshare")];if(!(e===void 0||n===void 0))return[e,...D,n,...t,...Q]}function C(t,e){return{containment:t,start:({argv:n,cwd:r,env:s})=>{const[i,o]=[f("setsid"),f("env")],c=[...e,b,"-c",O,"ship-proof"];return i!==void 0&&o!==void 0&&Y(n,s)?S([...c,"plain",i,o,...J(s),...n],{cwd:r,env:s}):S([...c,"carried",process.execPath,...k,...n],{cwd:r,env:{},first:P(s)})}}}function ne(){const[t,e,n]=[process.getuid?.(),process.getgid?.(),process.getgroups?.()];if(t===void 0||e===void 0||n===void 0)return;const r=n.length===0?["--clear-groups"]:["--groups",n.join(",")];return[...D,"--reuid",String(t),"--regid",String(e),...r]}const re=`
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
`,se={x64:[157,112],arm64:[167,157],riscv64:[167,157],loong64:[167,157]},H=/^(PERL5(LIB|OPT|DB|DB_THREADED|SHELL)|PERLLIB|PERLIO|PERLIO_DEBUG|PERL_(BADLANG|UNICODE|SIGNALS|HASH_SEED|HASH_SEED_DEBUG|PERTURB_KEYS|MEM_LOG|DEBUG_MSTATS|DESTRUCT_LEVEL|INTERNAL_RAND_SEED))$/;function ie(){const t=f("perl"),e=se[process.arch];if(!(process.platform!=="linux"||t===void 0||e===void 0))return{containment:"subreaper",start:({argv:n,cwd:r,env:s})=>{const i=Object.entries(s),o=i.filter(([u])=>H.test(u)),c=i.filter(([u])=>!H.test(u)),d=Buffer.from(o.map(([u,E])=>`${u}=${E}`).join("\0")).toString("hex"),a=[...e.map(String),d];return S([t,"-e",re,"--",...a,...n],{cwd:r,env:{...Object.fromEntries(c),PERL_BADLANG:"0"}})}}}const oe={containment:"process-group",start:({argv:[t="",...e],cwd:n,env:r})=>{const s=(0,h.spawn)(t,e,{cwd:n,env:r,stdio:["ignore","pipe","pipe"],windowsHide:!0});return{child:s,send:()=>{if(s.pid===void 0)return;(0,h.spawn)("taskkill",["/PID",String(s.pid),"/T","/F"],{stdio:"ignore",windowsHide:!0}).once("error",()=>s.kill())},settle:async()=>{}}}};function ce(t=I){let e;return async n=>process.platform==="win32"?oe:n?(e??=de(t),e):v}async function de(t){const e=process.getuid?.()===0,n=process.platform==="linux"?[e?q:te,ee,ie]:[];for(const r of n){const s=r();if(s&&t.includes(s.containment)&&await ae(s))return s}return v}async function ae(t){try{const e=t.start({argv:["/bin/sh","-c",'echo "$PROBE"; exit 7'],cwd:"/",env:{PROBE:"it works"},leavesNothing:!0}),n=setTimeout(()=>e.child.kill("SIGKILL"),5e3),r=e.child.stdout.setEncoding("utf8").toArray();e.child.stderr.resume();const s=await new Promise((i,o)=>{e.child.once("exit",i),e.child.once("error",o)});return clearTimeout(n),await e.settle(),s===7&&(await r).join("")===`it works
`}catch(e){if(e.code===void 0)throw e;return!1}}const le=8*1024*1024,ue=/\r\n|[\n\r\u2028\u2029]/;function fe(t){let e=[],n=0,r=!1;const s=o=>{const c=o.slice(0,le-n);c!==""&&(e.push(c),n+=c.length)},i=()=>{const o=e.join("");[e,n]=[[],0],t(o)};return{add(o){const[c="",...d]=(r&&o.startsWith(`
`)?o.slice(1):o).split(ue);r=o.endsWith("\r"),s(c);for(const a of d)i(),s(a)},end(){n>0&&i()}}}function G(t,e){const n=fe(e);return t.setEncoding("utf8").on("data",n.add),new Promise(r=>{t.once("end",()=>{n.end(),r()}),t.once("close",r),t.on("error",()=>{})})}function pe(t=I){const e=ce(t);return async(n,r)=>{if("argv"in n)return M(n.argv,r,e);const s=await $e(n.script);if("code"in s)return s;try{return await M(s.argv,r,e)}finally{await(0,g.rm)(s.folder,{recursive:!0,force:!0}).catch(()=>{})}}}async function $e(t){const e=process.platform==="win32";try{const n=await(0,g.mkdtemp)((0,p.join)((0,R.tmpdir)(),"ship-proof-run-")),r=(0,p.join)(n,e?"run.ps1":"run.sh"),s=e?`$ErrorActionPreference = 'stop'
${t}
`:t;return await(0,g.writeFile)(r,s,{mode:384}),{folder:n,argv:[...e?["pwsh","-NoProfile","-File"]:["bash","--noprofile","--norc","-eo","pipefail"],r]}}catch(n){return U(n)}}async function M(t,e,n){const r=await n(e.leavesNothing??!1);if(e.signal.aborted)return{code:127,stopped:!0,notStarted:"stopped before it began"};const s=me(r,t,e);if("code"in s)return s;const{child:i}=s,o=Promise.all([G(i.stdout,d=>e.onLine("out",d)),G(i.stderr,d=>e.onLine("err",d))]),c=await he(s,e);return await Promise.race([o,new Promise(d=>setTimeout(d,1e3).unref())]),i.stdout.destroy(),i.stderr.destroy(),c.notStarted===void 0?{...c,containment:r.containment}:c}async function he(t,e){const{signal:n}=e;let r=!1,s;const i=()=>{r=!0,t.send("TERM"),s=setTimeout(()=>t.send("KILL"),e.graceMs)};n.aborted?i():n.addEventListener("abort",i,{once:!0});const o=await new Promise(d=>{t.child.once("error",a=>d({code:127,notStarted:a.code??a.message})),t.child.once("exit",(a,u)=>d({code:a??128+(u===null?0:R.constants.signals[u])}))});n.removeEventListener("abort",i);const c={...o,stopped:r};return await t.settle(),clearTimeout(s),c}function me(t,e,{cwd:n,env:r,leavesNothing:s=!1}){const i=process.platform==="win32"?void 0:_(e[0]??"",r.PATH,n);if(i&&"code"in i)return{code:127,stopped:!1,notStarted:i.code};try{return t.start({argv:e,cwd:n,env:r,leavesNothing:s})}catch(o){return U(o)}}function U(t){const{code:e}=t;if(e===void 0)throw t;return{code:127,stopped:!1,notStarted:e}}})};export{Ee as id,ge as ids,Le as modules};
