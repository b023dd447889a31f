const de=617,ce=[617],le={80002:((x,M,n)=>{n.d(M,{MA:()=>K,h0:()=>E,mw:()=>D,nV:()=>t,nf:()=>Y,xt:()=>i});var e=n(77598),w=n(3301),R=n(89201),d=n(24251);const T=w.rej({subject:w.YjP(),entries:w.YOg(d.Oo)});function Y(o,h){const S=JSON.stringify({subject:h.subject,entries:h.entries});return{parent:o,text:S,version:_(o,S)}}function t(o){if(o===null)return 0;const h=/^([1-9]\d{0,14})-[0-9a-f]{64}$/.exec(o)?.[1];return h===void 0?void 0:Number(h)}function i(o,h){if(o.parent!==h||_(o.parent,o.text)!==o.version)throw D(`the transaction ${E(o.version)} does not follow from the one before it`);return T.parse(JSON.parse(o.text)).entries}const E=o=>o.slice(0,16);function K({seq:o,entries:h},S){if(!(o===S.links&&h===S.entries))throw D(`the head counts ${o} transactions and ${h} entries, the history has ${S.links} and ${S.entries}`)}const D=(o,h)=>(0,R.Ni)("ledger-broken",`the ledger's history is damaged or was rewritten: ${o}. Nothing was written; compare it with a backup or with an earlier proof (ship-proof audit)`,h);function _(o,h){const S=(0,e.createHash)("sha256").update(`${o??"genesis"}
${h}`).digest("hex");return`${(t(o)??Number.NaN)+1}-${S}`}}),63791:((x,M,n)=>{n.d(M,{$:()=>d,P:()=>T});var e=n(24251),w=n(8227);const R=4*1024*1024;function d(t,i){if(i.entries.length===0)throw new TypeError("a change without entries would leave no trace in the history");for(const _ of i.entries)e.Oo.parse(_);const E=(0,e.Sm)(i.entries)!==void 0,K=i.entries.filter(_=>_.kind==="genesis").length;if(t.version===null&&!E)throw new TypeError("the first change must begin with a genesis entry");if(K!==(t.version===null?1:0))throw new TypeError("a ledger has exactly one genesis entry");for(const _ of Object.keys(i.records))(0,w.h_)(_);Y(i.subject);const D=Buffer.byteLength(JSON.stringify([i.entries,i.records]));if(D>R)throw new TypeError(`a change of ${D} bytes is too large for a ledger`)}function T(t){for(const i of e.Pr)if(Object.hasOwn(t,i))throw new TypeError(`an entry body may not set ${JSON.stringify(i)}`)}function Y(t){if(!/^[\x20-\x7e]{1,200}$/.test(t)||t.trim()!==t)throw new TypeError(`a subject is one printable line of at most 200 characters: ${JSON.stringify(t)}`)}}),24251:((x,M,n)=>{n.d(M,{Oo:()=>d,PR:()=>t,Pr:()=>T,Sm:()=>i});var e=n(3301),w=n(79435),R=n(94545);const d=e._H3({schemaVersion:e.Whr().positive(),id:e.YjP().min(1),kind:e.YjP().min(1),at:w.w$({precision:3}),actor:e.YjP(),run:R.Lx.optional()}),T=["schemaVersion","id","at","actor","run"],Y=d.extend({kind:e.euz("genesis"),ledgerId:e.YjP().min(16)}),t=E=>({kind:"genesis",ledgerId:E}),i=E=>Y.safeParse(E[0]).data}),80101:((x,M,n)=>{n.d(M,{ac:()=>d,mQ:()=>Y,np:()=>T});var e=n(3301),w=n(79435),R=n(24251);const d=e.rej({schemaVersion:e.euz(1),ledger:e.euz("ship-proof"),ledgerId:e.YjP().min(16),seq:e.Whr().positive(),entries:e.Whr().positive(),lastAt:w.w$({precision:3})});function T(t,i){const E=t?.ledgerId??(0,R.Sm)(i.entries)?.ledgerId,K=i.entries.at(-1)?.at;if(E===void 0||K===void 0)throw new TypeError("a change that nobody checked");return{schemaVersion:1,ledger:"ship-proof",ledgerId:E,seq:(t?.seq??0)+1,entries:(t?.entries??0)+i.entries.length,lastAt:K}}const Y=t=>({ledgerId:t?.ledgerId??null,seq:t?.seq??0,entries:t?.entries??0,lastAtMs:t===null?0:Date.parse(t.lastAt)})}),95617:((x,M,n)=>{n.r(M),n.d(M,{redisLedger:()=>se});var e=n(3301),w=n(89201),R=n(85063),d=n(80002),T=n(63791),Y=n(24413),t=n(80101);const i={[Symbol.asyncDispose]:async()=>{}};var E=n(8227),K=n(24251);const D=500,_=e.PVZ([e.euz("version"),e.YjP(),e.euz("parent"),e.YjP(),e.euz("text"),e.YjP()]),o=e.YOg(e.PVZ([e.YjP(),_]));async function*h(r,a,{after:c,last:m}){const G=c===void 0?0:(0,d.nV)(c);if(G===void 0||c!==void 0&&!await S(r,c))throw(0,d.mw)(`${(0,d.h0)(c??"")} is not part of it`);const v=Math.max(G,m===void 0?0:a.seq-Math.trunc(m));let O=v===0?null:v===G?c:void 0,L=0,$=[];for(let I=v+1;I<=a.seq;I+=D){const b=Math.min(a.seq,I+D-1),j=await W(r,I,b);if(j.length!==b-I+1)throw(0,d.mw)(`transactions between ${I} and ${b} are missing`);for(const V of j){const s=(0,d.xt)(V,O===void 0?V.parent:O);if(V.parent===null&&(0,K.Sm)(s)?.ledgerId!==a.ledgerId)throw(0,d.mw)("it does not begin with the genesis that its head names");O=V.version,L+=s.length,m===void 0?yield*s:$=m===0?[]:[...$,...s].slice(-m)}}if(O!==void 0&&O!==a.version)throw(0,d.mw)("the walk did not end at the head");v===0&&m===void 0&&(0,d.MA)(a,{links:a.seq,entries:L}),yield*$}async function S(r,a){const c=(0,d.nV)(a);if(c===void 0)return!1;const[m]=await W(r,c,c);return m?.version===a}async function W({send:r,key:a},c,m){return o.parse(await r(["XRANGE",a,`${c}-0`,`${m}-0`])).map(([,[,v,,O,,L]])=>({version:v,parent:O===""?null:O,text:L}))}var z=n(77598);const J=r=>["head","records","paths","log"].map(a=>`ship-proof:{${r}}:${a}`),X=k(`
local head = redis.call('HMGET', KEYS[1], 'version', 'head')
local time = redis.call('TIME')
local answer = { head[1] or '', head[2] or '', time[1], time[2] }
for _, path in ipairs(ARGV) do answer[#answer + 1] = redis.call('HGET', KEYS[2], path) or '' end
return answer
`),Z=k(`
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return {} end
return { 'ok', redis.call('HGET', KEYS[2], ARGV[2]) }
`),Q=k(`
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return {} end
local paths = redis.call('ZRANGEBYLEX', KEYS[3], '[' .. ARGV[2], '(' .. ARGV[2] .. '\\255')
local answer = { 'ok' }
for _, path in ipairs(paths) do
  answer[#answer + 1] = path
  answer[#answer + 1] = redis.call('HGET', KEYS[2], path)
end
return answer
`),F=k(`
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
`);function k(r){return{text:r,sha:(0,z.createHash)("sha1").update(r).digest("hex")}}const H=1e4,q=12e4,ee=3,ne=e.YOg(e.YjP()),te=e.YOg(e.YjP().nullable());function se({connection:r,store:a,namespace:c,clock:m,random:G}){const v=J(c),O=new WeakMap,L=async(s,f,A)=>{A?.signal?.throwIfAborted();const y=(A?.deadline??Number.POSITIVE_INFINITY)-m.monotonic(),p=Math.max(100,Math.min(H,y)),g=[String(v.length),...v,...f];try{return await r.send(["EVALSHA",s.sha,...g],p)}catch(l){if(!re(l))throw l;return r.send(["EVAL",s.text,...g],p)}},$=async(s,f,A,y={})=>{const p=y.deadline??m.monotonic()+q;for(let g=1;;g+=1)try{return await L(s,f,y)}catch(l){const u=(0,R.z)(g,G);if(!B(l)||g>=A||m.monotonic()+u>=p)throw l;await m.sleep(u,y.signal)}},I=(s,f,A)=>$(s,f,ee,A),b=(s,f,A,y,p)=>{const g=async(l,u)=>{const[N,...P]=te.parse(await I(l,[s??"",u],p));if(N!=="ok")throw(0,Y.aW)(a);return P};return{version:s,...(0,t.mQ)(f),storeNowMs:A,async get(l){(0,E.h_)(l);const u=y.get(l)??(await g(Z,l))[0];return typeof u=="string"&&u!==""?JSON.parse(u):void 0},async list(l){(0,E.XQ)(l);const u=await g(Q,l),N=new Map;for(let P=0;P<u.length;P+=2)N.set(u[P]??"",JSON.parse(u[P+1]??"null"));return N}}},j=async(s,f=[])=>{f.forEach(E.h_);const A=ne.parse(await I(X,f,s)),[y="",p="",g,l,...u]=A,N=p===""?null:t.ac.parse(JSON.parse(p)),P=Number(g)*1e3+Math.floor(Number(l)/1e3),C=new Map(f.map((ie,ae)=>[ie,u[ae]??""])),U=b(y===""?null:y,N,P,C,s);return O.set(U,N),U},V={send:s=>r.send(s,H),key:v[3]??""};return{store:a,backoffMs:5,read:j,async commit(s,f,A){(0,T.$)(s,f);const y=O.get(s);if(y===void 0)throw new TypeError("a commit needs a snapshot of this very ledger");const p=(0,t.np)(y,f),g=(0,d.nf)(s.version,f),l=Object.entries(f.records).flatMap(([P,C])=>[P,C===null?"":JSON.stringify(C)]),u=[s.version??"",g.version,String(p.seq),JSON.stringify(p),g.text,...l];return await oe($(F,u,Number.POSITIVE_INFINITY,A),a)==="won"?{won:!0,version:g.version,seq:p.seq}:{won:!1}},async*history(s={}){yield*h(V,await j(),s)},contains:async s=>S(V,s),turn:async()=>i,[Symbol.asyncDispose]:async()=>r[Symbol.asyncDispose]()}}const re=r=>r instanceof w.AK&&r.cause instanceof Error&&r.cause.message.startsWith("NOSCRIPT"),B=r=>r instanceof w.AK&&["store-unreachable","store-timeout","store-server-error"].includes(r.code);async function oe(r,a){try{return e.k5n(["won","lost"]).parse(await r)}catch(c){throw B(c)?(0,w.Ni)("ledger-undecided",`it could not be learned in time whether the transaction reached ${a}: it may have. Run the command again: it reads the ledger first`,{cause:c}):c}}})};export{de as id,ce as ids,le as modules};
