const de=5617,le=[5617],fe={80002:(($,_,e)=>{e.d(_,{MA:()=>p,mw:()=>h,nV:()=>o,nf:()=>t,xt:()=>y});var n=e(77598),w=e(3301),g=e(89201),d=e(72106),M=e(24251);const T=w.rej({subject:w.YjP(),entries:w.YOg(M.Oo)});function t(s,r){const u=JSON.stringify({subject:r.subject,entries:r.entries});return{parent:s,text:u,version:I(s,u)}}function o(s){if(s===null)return 0;const r=/^([1-9]\d{0,14})-[0-9a-f]{64}$/.exec(s)?.[1];return r===void 0?void 0:Number(r)}function y(s,r){if(s.parent!==r||I(s.parent,s.text)!==s.version)throw h(`the transaction ${l(s.version)} does not follow from the one before it`);const u=T.safeParse((0,d.qF)(s.text));if(u.success)return u.data.entries;throw h(`the transaction ${l(s.version)} was not written by ship-proof`,{cause:u.error})}const l=s=>s.slice(0,16);function p({seq:s,entries:r},u){if(!(s===u.links&&r===u.entries))throw h(`the head counts ${s} transactions and ${r} entries, the history has ${u.links} and ${u.entries}`)}const h=(s,r)=>(0,g.Ni)("ledger-broken",`the ledger's history is damaged or was rewritten: ${s}. Nothing was written; compare it with a backup or with an earlier proof (ship-proof audit)`,r);function I(s,r){const u=(0,n.createHash)("sha256").update(`${s??"genesis"}
${r}`).digest("hex");return`${(o(s)??Number.NaN)+1}-${u}`}}),63791:(($,_,e)=>{e.d(_,{$:()=>d,P:()=>M});var n=e(24251),w=e(8227);const g=4*1024*1024;function d(t,o){if(o.entries.length===0)throw new TypeError("a change without entries would leave no trace in the history");for(const h of o.entries)n.Oo.parse(h);const y=(0,n.Sm)(o.entries)!==void 0,l=o.entries.filter(h=>h.kind==="genesis").length;if(t.version===null&&!y)throw new TypeError("the first change must begin with a genesis entry");if(l!==(t.version===null?1:0))throw new TypeError("a ledger has exactly one genesis entry");for(const h of Object.keys(o.records))(0,w.h_)(h);T(o.subject);const p=Buffer.byteLength(JSON.stringify([o.entries,o.records]));if(p>g)throw new TypeError(`a change of ${p} bytes is too large for a ledger`)}function M(t){for(const o of n.Pr)if(Object.hasOwn(t,o))throw new TypeError(`an entry body may not set ${JSON.stringify(o)}`)}function T(t){if(!/^[\x20-\x7e]{1,200}$/.test(t)||t.trim()!==t)throw new TypeError(`a subject is one printable line of at most 200 characters: ${JSON.stringify(t)}`)}}),80101:(($,_,e)=>{e.d(_,{ac:()=>d,mQ:()=>T,np:()=>M});var n=e(3301),w=e(79435),g=e(24251);const d=n.rej({schemaVersion:n.euz(1),ledger:n.euz("ship-proof"),ledgerId:n.YjP().min(16),seq:n.Whr().positive(),entries:n.Whr().positive(),lastAt:w.w$({precision:3})});function M(t,o){const y=t?.ledgerId??(0,g.Sm)(o.entries)?.ledgerId,l=o.entries.at(-1)?.at;if(y===void 0||l===void 0)throw new TypeError("a change that nobody checked");return{schemaVersion:1,ledger:"ship-proof",ledgerId:y,seq:(t?.seq??0)+1,entries:(t?.entries??0)+o.entries.length,lastAt:l}}const T=t=>({ledgerId:t?.ledgerId??null,seq:t?.seq??0,entries:t?.entries??0,lastAtMs:t===null?0:Date.parse(t.lastAt)})}),49692:(($,_,e)=>{e.d(_,{W:()=>d,p:()=>T});var n=e(89201),w=e(85063);const g=["store-unreachable","store-timeout","store-server-error","store-rate-limited","store-not-git"],d=(t,o=[])=>t instanceof n.AK&&[...g,...o].includes(t.code),M=12e4;async function T(t,o){const{tries:y,clock:l,random:p,patience:h={},more:I}=o,s=h.deadline??l.monotonic()+M;for(let r=1;;r+=1)try{return await t()}catch(u){const x=(0,w.z)(r,p);if(!d(u,I)||r>=y||l.monotonic()+x>=s)throw u;await l.sleep(x,h.signal)}}}),95617:(($,_,e)=>{e.r(_),e.d(_,{redisLedger:()=>te});var n=e(3301),w=e(89201),g=e(72106),d=e(80002),M=e(63791),T=e(24413),t=e(80101);const o={[Symbol.asyncDispose]:async()=>{}};var y=e(49692),l=e(8227),p=e(24251);const h=500,I=n.PVZ([n.euz("version"),n.YjP(),n.euz("parent"),n.YjP(),n.euz("text"),n.YjP()]),s=n.YOg(n.PVZ([n.YjP(),I]));async function*r(a,i){let c=null,D=0;for(let A=1;A<=i.seq;A+=h){const Y=Math.min(i.seq,A+h-1),N=await x(a,A,Y);if(N.length!==Y-A+1)throw(0,d.mw)(`transactions between ${A} and ${Y} are missing`);for(const b of N){const L=(0,d.xt)(b,c);if(c===null&&(0,p.Sm)(L)?.ledgerId!==i.ledgerId)throw(0,d.mw)("it does not begin with the genesis that its head names");c=b.version,D+=L.length,yield*L}}if(c!==i.version)throw(0,d.mw)("the walk did not end at the head");(0,d.MA)(i,{links:i.seq,entries:D})}async function u(a,i){const c=(0,d.nV)(i);if(c===void 0)return!1;const[D]=await x(a,c,c);return D?.version===i}async function x({send:a,key:i},c,D){const A=s.safeParse(await a(["XRANGE",i,`${c}-0`,`${D}-0`]));if(!A.success)throw(0,d.mw)(`something else stands between the transactions ${c} and ${D}`,{cause:A.error});return A.data.map(([,[,Y,,N,,b]])=>({version:Y,parent:N===""?null:N,text:b}))}var J=e(77598);const z=a=>["head","records","paths","log"].map(i=>`ship-proof:{${a}}:${i}`),X=j(`
local head = redis.call('HMGET', KEYS[1], 'version', 'head')
local time = redis.call('TIME')
local answer = { head[1] or '', head[2] or '', time[1], time[2] }
for _, path in ipairs(ARGV) do answer[#answer + 1] = redis.call('HGET', KEYS[2], path) or '' end
return answer
`),Z=j(`
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return {} end
return { 'ok', redis.call('HGET', KEYS[2], ARGV[2]) }
`),F=j(`
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return {} end
local paths = redis.call('ZRANGEBYLEX', KEYS[3], '[' .. ARGV[2], '(' .. ARGV[2] .. '\\255')
local answer = { 'ok' }
for _, path in ipairs(paths) do
  answer[#answer + 1] = path
  answer[#answer + 1] = redis.call('HGET', KEYS[2], path)
end
return answer
`),Q=j(`
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
`);function j(a){return{text:a,sha:(0,J.createHash)("sha1").update(a).digest("hex")}}const C=1e4,q=3,ee=n.YOg(n.YjP()),ne=n.YOg(n.YjP().nullable());function te({connection:a,store:i,namespace:c,clock:D,random:A}){const Y=z(c),N=new WeakMap,b=async(f,E,O)=>{O?.signal?.throwIfAborted();const v=(O?.deadline??Number.POSITIVE_INFINITY)-D.monotonic(),P=Math.max(100,Math.min(C,v)),R=[String(Y.length),...Y,...E];try{return await a.send(["EVALSHA",f.sha,...R],P)}catch(m){if(!re(m))throw m;return a.send(["EVAL",f.text,...R],P)}},L=(f,E,O,v)=>(0,y.p)(()=>b(f,E,v),{tries:O,clock:D,random:A,patience:v}),W=(f,E,O)=>L(f,E,q,O),ae=(f,E,O,v,P)=>{const R=async(m,S)=>{const[G,...K]=ne.parse(await W(m,[f??"",S],P));if(G!=="ok")throw(0,T.aW)(i);return K};return{version:f,...(0,t.mQ)(E),storeNowMs:O,async get(m){(0,l.h_)(m);const S=v.get(m)??(await R(Z,m))[0];return typeof S=="string"&&S!==""?k(S,m):void 0},async list(m){(0,l.XQ)(m);const S=await R(F,m),G=new Map;for(let K=0;K<S.length;K+=2){const V=S[K]??"";G.set(V,k(S[K+1]??"null",V))}return G}}},H=async(f,E=[])=>{E.forEach(l.h_);const O=ee.parse(await W(X,E,f)),[v="",P="",R,m,...S]=O,G=P===""?null:se(P,i),K=Number(R)*1e3+Math.floor(Number(m)/1e3),V=new Map(E.map((ie,ce)=>[ie,S[ce]??""])),U=ae(v===""?null:v,G,K,V,f);return N.set(U,G),U},B={send:f=>a.send(f,C),key:Y[3]??""};return{store:i,backoffMs:5,read:H,async commit(f,E,O){(0,M.$)(f,E);const v=N.get(f);if(v===void 0)throw new TypeError("a commit needs a snapshot of this very ledger");const P=(0,t.np)(v,E),R=(0,d.nf)(f.version,E),m=Object.entries(E.records).flatMap(([K,V])=>[K,V===null?"":JSON.stringify(V)]),S=[f.version??"",R.version,String(P.seq),JSON.stringify(P),R.text,...m];return await oe(L(Q,S,Number.POSITIVE_INFINITY,O),i)==="won"?{won:!0,version:R.version,seq:P.seq}:{won:!1}},async*history(){yield*r(B,await H())},contains:async f=>u(B,f),turn:async()=>o,[Symbol.asyncDispose]:async()=>a[Symbol.asyncDispose]()}}function se(a,i){const c=t.ac.safeParse((0,g.qF)(a));if(c.success)return c.data;throw(0,w.J5)("ledger-foreign",`${i} holds something that is not a ship-proof ledger; it was left as it is. Choose another namespace`,{cause:c.error})}function k(a,i){const c=(0,g.qF)(a);if(c===void 0)throw(0,d.mw)(`the record ${i} is no JSON`);return c}const re=a=>a instanceof w.AK&&a.cause instanceof Error&&a.cause.message.startsWith("NOSCRIPT");async function oe(a,i){try{return n.k5n(["won","lost"]).parse(await a)}catch(c){throw(0,y.W)(c)?(0,w.Ni)("ledger-undecided",`it could not be learned in time whether the transaction reached ${i}: it may have. Run the command again: it reads the ledger first`,{cause:c}):c}}}),72106:(($,_,e)=>{e.d(_,{KX:()=>n,RK:()=>g,qF:()=>w});const n=64;function w(l){if(!g(l,n))try{return JSON.parse(l)}catch(p){if(p instanceof SyntaxError)return;throw p}}function g(l,p){let h=0,I=!1;for(let s=0;s<l.length;s+=1){const r=l.charCodeAt(s);if(I)r===M?s+=1:r===d&&(I=!1);else if(r===d)I=!0;else if(r===T||r===o){if(h+=1,h>p)return!0}else(r===t||r===y)&&(h-=1)}return!1}const[d,M]=[34,92],[T,t,o,y]=[91,93,123,125]})};export{de as id,le as ids,fe as modules};
