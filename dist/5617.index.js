const ce=5617,le=[5617],fe={80002:((j,A,e)=>{e.d(A,{MA:()=>y,h0:()=>f,mw:()=>h,nV:()=>i,nf:()=>t,xt:()=>p});var n=e(77598),w=e(3301),g=e(89201),l=e(72106),v=e(24251);const T=w.rej({subject:w.YjP(),entries:w.YOg(v.Oo)});function t(s,r){const u=JSON.stringify({subject:r.subject,entries:r.entries});return{parent:s,text:u,version:D(s,u)}}function i(s){if(s===null)return 0;const r=/^([1-9]\d{0,14})-[0-9a-f]{64}$/.exec(s)?.[1];return r===void 0?void 0:Number(r)}function p(s,r){if(s.parent!==r||D(s.parent,s.text)!==s.version)throw h(`the transaction ${f(s.version)} does not follow from the one before it`);const u=T.safeParse((0,l.qF)(s.text));if(u.success)return u.data.entries;throw h(`the transaction ${f(s.version)} was not written by ship-proof`,{cause:u.error})}const f=s=>s.slice(0,16);function y({seq:s,entries:r},u){if(!(s===u.links&&r===u.entries))throw h(`the head counts ${s} transactions and ${r} entries, the history has ${u.links} and ${u.entries}`)}const h=(s,r)=>(0,g.Ni)("ledger-broken",`the ledger's history is damaged or was rewritten: ${s}. Nothing was written; compare it with a backup or with an earlier proof (ship-proof audit)`,r);function D(s,r){const u=(0,n.createHash)("sha256").update(`${s??"genesis"}
${r}`).digest("hex");return`${(i(s)??Number.NaN)+1}-${u}`}}),63791:((j,A,e)=>{e.d(A,{$:()=>l,P:()=>v});var n=e(24251),w=e(8227);const g=4*1024*1024;function l(t,i){if(i.entries.length===0)throw new TypeError("a change without entries would leave no trace in the history");for(const h of i.entries)n.Oo.parse(h);const p=(0,n.Sm)(i.entries)!==void 0,f=i.entries.filter(h=>h.kind==="genesis").length;if(t.version===null&&!p)throw new TypeError("the first change must begin with a genesis entry");if(f!==(t.version===null?1:0))throw new TypeError("a ledger has exactly one genesis entry");for(const h of Object.keys(i.records))(0,w.h_)(h);T(i.subject);const y=Buffer.byteLength(JSON.stringify([i.entries,i.records]));if(y>g)throw new TypeError(`a change of ${y} bytes is too large for a ledger`)}function v(t){for(const i of n.Pr)if(Object.hasOwn(t,i))throw new TypeError(`an entry body may not set ${JSON.stringify(i)}`)}function T(t){if(!/^[\x20-\x7e]{1,200}$/.test(t)||t.trim()!==t)throw new TypeError(`a subject is one printable line of at most 200 characters: ${JSON.stringify(t)}`)}}),80101:((j,A,e)=>{e.d(A,{ac:()=>l,mQ:()=>T,np:()=>v});var n=e(3301),w=e(79435),g=e(24251);const l=n.rej({schemaVersion:n.euz(1),ledger:n.euz("ship-proof"),ledgerId:n.YjP().min(16),seq:n.Whr().positive(),entries:n.Whr().positive(),lastAt:w.w$({precision:3})});function v(t,i){const p=t?.ledgerId??(0,g.Sm)(i.entries)?.ledgerId,f=i.entries.at(-1)?.at;if(p===void 0||f===void 0)throw new TypeError("a change that nobody checked");return{schemaVersion:1,ledger:"ship-proof",ledgerId:p,seq:(t?.seq??0)+1,entries:(t?.entries??0)+i.entries.length,lastAt:f}}const T=t=>({ledgerId:t?.ledgerId??null,seq:t?.seq??0,entries:t?.entries??0,lastAtMs:t===null?0:Date.parse(t.lastAt)})}),49692:((j,A,e)=>{e.d(A,{W:()=>l,p:()=>T});var n=e(89201),w=e(85063);const g=["store-unreachable","store-timeout","store-server-error","store-rate-limited","store-not-git"],l=(t,i=[])=>t instanceof n.AK&&[...g,...i].includes(t.code),v=12e4;async function T(t,i){const{tries:p,clock:f,random:y,patience:h={},more:D}=i,s=h.deadline??f.monotonic()+v;for(let r=1;;r+=1)try{return await t()}catch(u){const C=(0,w.z)(r,y);if(!l(u,D)||r>=p||f.monotonic()+C>=s)throw u;await f.sleep(C,h.signal)}}}),95617:((j,A,e)=>{e.r(A),e.d(A,{redisLedger:()=>se});var n=e(3301),w=e(89201),g=e(72106),l=e(80002),v=e(63791),T=e(24413),t=e(80101);const i={[Symbol.asyncDispose]:async()=>{}};var p=e(49692),f=e(8227),y=e(24251);const h=500,D=n.PVZ([n.euz("version"),n.YjP(),n.euz("parent"),n.YjP(),n.euz("text"),n.YjP()]),s=n.YOg(n.PVZ([n.YjP(),D]));async function*r(a,c,{after:d,last:S}){const N=d===void 0?0:(0,l.nV)(d);if(N===void 0||d!==void 0&&!await u(a,d))throw(0,l.mw)(`${(0,l.h0)(d??"")} is not part of it`);const K=Math.max(N,S===void 0?0:c.seq-Math.trunc(S));let P=K===0?null:K===N?d:void 0,$=0,x=[];for(let G=K+1;G<=c.seq;G+=h){const k=Math.min(c.seq,G+h-1),W=await C(a,G,k);if(W.length!==k-G+1)throw(0,l.mw)(`transactions between ${G} and ${k} are missing`);for(const b of W){const o=(0,l.xt)(b,P===void 0?b.parent:P);if(b.parent===null&&(0,y.Sm)(o)?.ledgerId!==c.ledgerId)throw(0,l.mw)("it does not begin with the genesis that its head names");P=b.version,$+=o.length,S===void 0?yield*o:x=[...x,...o].slice(-S)}}if(P!==void 0&&P!==c.version)throw(0,l.mw)("the walk did not end at the head");K===0&&S===void 0&&(0,l.MA)(c,{links:c.seq,entries:$}),yield*x}async function u(a,c){const d=(0,l.nV)(c);if(d===void 0)return!1;const[S]=await C(a,d,d);return S?.version===c}async function C({send:a,key:c},d,S){const N=s.safeParse(await a(["XRANGE",c,`${d}-0`,`${S}-0`]));if(!N.success)throw(0,l.mw)(`something else stands between the transactions ${d} and ${S}`,{cause:N.error});return N.data.map(([,[,K,,P,,$]])=>({version:K,parent:P===""?null:P,text:$}))}var z=e(77598);const X=a=>["head","records","paths","log"].map(c=>`ship-proof:{${a}}:${c}`),Z=H(`
local head = redis.call('HMGET', KEYS[1], 'version', 'head')
local time = redis.call('TIME')
local answer = { head[1] or '', head[2] or '', time[1], time[2] }
for _, path in ipairs(ARGV) do answer[#answer + 1] = redis.call('HGET', KEYS[2], path) or '' end
return answer
`),F=H(`
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return {} end
return { 'ok', redis.call('HGET', KEYS[2], ARGV[2]) }
`),Q=H(`
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return {} end
local paths = redis.call('ZRANGEBYLEX', KEYS[3], '[' .. ARGV[2], '(' .. ARGV[2] .. '\\255')
local answer = { 'ok' }
for _, path in ipairs(paths) do
  answer[#answer + 1] = path
  answer[#answer + 1] = redis.call('HGET', KEYS[2], path)
end
return answer
`),q=H(`
local id = ARGV[3] .. '-0'
local version = redis.call('HGET', KEYS[1], 'version') or ''
if version ~= ARGV[1] then
  local found = redis.call('XRANGE', KEYS[4], id, id)
  if found[1] and found[1][2][2] == ARGV[2] then return 'won' end
  return 'lost'
end
local kinds = { 'hash', 'hash', 'zset', 'stream' }
for n, kind in ipairs(kinds) do
  local is = redis.call('TYPE', KEYS[n]).ok
  if is ~= 'none' and is ~= kind then return redis.error_reply('ledger-foreign ' .. KEYS[n]) end
end
local last = redis.call('XREVRANGE', KEYS[4], '+', '-', 'COUNT', 1)
if (last[1] and last[1][2][2] or '') ~= ARGV[1] then return redis.error_reply('ledger-broken log') end
if redis.acl_check_cmd then
  for _, command in ipairs({
    { 'HSET', KEYS[1], 'a', 'b' }, { 'HSET', KEYS[2], 'a', 'b' }, { 'HDEL', KEYS[2], 'a' },
    { 'ZADD', KEYS[3], '0', 'a' }, { 'ZREM', KEYS[3], 'a' }, { 'XADD', KEYS[4], '*', 'a', 'b' },
  }) do
    if not redis.acl_check_cmd(unpack(command)) then return redis.error_reply('NOPERM ' .. command[1]) end
  end
end
redis.call('XADD', KEYS[4], id, 'version', ARGV[2], 'parent', ARGV[1], 'text', ARGV[5])
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'head', ARGV[4])
for n = 6, #ARGV, 2 do
  if ARGV[n + 1] == '' then
    redis.call('HDEL', KEYS[2], ARGV[n])
    redis.call('ZREM', KEYS[3], ARGV[n])
  else
    redis.call('HSET', KEYS[2], ARGV[n], ARGV[n + 1])
    redis.call('ZADD', KEYS[3], 0, ARGV[n])
  end
end
return 'won'
`);function H(a){return{text:a,sha:(0,z.createHash)("sha1").update(a).digest("hex")}}const B=1e4,ee=3,ne=n.YOg(n.YjP()),te=n.YOg(n.YjP().nullable());function se({connection:a,store:c,namespace:d,clock:S,random:N}){const K=X(d),P=new WeakMap,$=async(o,E,O)=>{O?.signal?.throwIfAborted();const M=(O?.deadline??Number.POSITIVE_INFINITY)-S.monotonic(),R=Math.max(100,Math.min(B,M)),I=[String(K.length),...K,...E];try{return await a.send(["EVALSHA",o.sha,...I],R)}catch(m){if(!oe(m))throw m;return a.send(["EVAL",o.text,...I],R)}},x=(o,E,O,M)=>(0,p.p)(()=>$(o,E,M),{tries:O,clock:S,random:N,patience:M}),G=(o,E,O)=>x(o,E,ee,O),k=(o,E,O,M,R)=>{const I=async(m,_)=>{const[V,...Y]=te.parse(await G(m,[o??"",_],R));if(V!=="ok")throw(0,T.aW)(c);return Y};return{version:o,...(0,t.mQ)(E),storeNowMs:O,async get(m){(0,f.h_)(m);const _=M.get(m)??(await I(F,m))[0];return typeof _=="string"&&_!==""?U(_,m):void 0},async list(m){(0,f.XQ)(m);const _=await I(Q,m),V=new Map;for(let Y=0;Y<_.length;Y+=2){const L=_[Y]??"";V.set(L,U(_[Y+1]??"null",L))}return V}}},W=async(o,E=[])=>{E.forEach(f.h_);const O=ne.parse(await G(Z,E,o)),[M="",R="",I,m,..._]=O,V=R===""?null:re(R,c),Y=Number(I)*1e3+Math.floor(Number(m)/1e3),L=new Map(E.map((ae,de)=>[ae,_[de]??""])),J=k(M===""?null:M,V,Y,L,o);return P.set(J,V),J},b={send:o=>a.send(o,B),key:K[3]??""};return{store:c,backoffMs:5,read:W,async commit(o,E,O){(0,v.$)(o,E);const M=P.get(o);if(M===void 0)throw new TypeError("a commit needs a snapshot of this very ledger");const R=(0,t.np)(M,E),I=(0,l.nf)(o.version,E),m=Object.entries(E.records).flatMap(([Y,L])=>[Y,L===null?"":JSON.stringify(L)]),_=[o.version??"",I.version,String(R.seq),JSON.stringify(R),I.text,...m];return await ie(x(q,_,Number.POSITIVE_INFINITY,O),c)==="won"?{won:!0,version:I.version,seq:R.seq}:{won:!1}},async*history(o={}){yield*r(b,await W(),o)},contains:async o=>u(b,o),turn:async()=>i,[Symbol.asyncDispose]:async()=>a[Symbol.asyncDispose]()}}function re(a,c){const d=t.ac.safeParse((0,g.qF)(a));if(d.success)return d.data;throw(0,w.J5)("ledger-foreign",`${c} holds something that is not a ship-proof ledger; it was left as it is. Choose another namespace`,{cause:d.error})}function U(a,c){const d=(0,g.qF)(a);if(d===void 0)throw(0,l.mw)(`the record ${c} is no JSON`);return d}const oe=a=>a instanceof w.AK&&a.cause instanceof Error&&a.cause.message.startsWith("NOSCRIPT");async function ie(a,c){try{return n.k5n(["won","lost"]).parse(await a)}catch(d){throw(0,p.W)(d)?(0,w.Ni)("ledger-undecided",`it could not be learned in time whether the transaction reached ${c}: it may have. Run the command again: it reads the ledger first`,{cause:d}):d}}}),72106:((j,A,e)=>{e.d(A,{KX:()=>n,RK:()=>g,qF:()=>w});const n=64;function w(f){if(!g(f,n))try{return JSON.parse(f)}catch(y){if(y instanceof SyntaxError)return;throw y}}function g(f,y){let h=0,D=!1;for(let s=0;s<f.length;s+=1){const r=f.charCodeAt(s);if(D)r===v?s+=1:r===l&&(D=!1);else if(r===l)D=!0;else if(r===T||r===i){if(h+=1,h>y)return!0}else(r===t||r===p)&&(h-=1)}return!1}const[l,v]=[34,92],[T,t,i,p]=[91,93,123,125]})};export{ce as id,le as ids,fe as modules};
