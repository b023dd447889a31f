const fe=5617,he=[5617],ue={80002:((k,T,e)=>{e.d(T,{MA:()=>M,h0:()=>h,mw:()=>u,nV:()=>d,nf:()=>i,xt:()=>R});var n=e(77598),p=e(3301),v=e(89201),P=e(72106),l=e(24251);const K=p.rej({subject:p.YjP(),entries:p.YOg(l.Oo)});function i(t,c){const E=JSON.stringify({subject:c.subject,entries:c.entries});return{parent:t,text:E,version:G(t,E)}}function d(t){if(t===null)return 0;const c=/^([1-9]\d{0,14})-[0-9a-f]{64}$/.exec(t)?.[1];return c===void 0?void 0:Number(c)}function R(t,c){if(t.parent!==c||G(t.parent,t.text)!==t.version)throw u(`the transaction ${h(t.version)} does not follow from the one before it`);const E=K.safeParse((0,P.qF)(t.text));if(E.success)return E.data.entries;throw u(`the transaction ${h(t.version)} was not written by ship-proof`,{cause:E.error})}const h=t=>t.slice(0,16);function M({seq:t,entries:c},E){if(!(t===E.links&&c===E.entries))throw u(`the head counts ${t} transactions and ${c} entries, the history has ${E.links} and ${E.entries}`)}const u=(t,c)=>(0,v.Ni)("ledger-broken",`the ledger's history is damaged or was rewritten: ${t}. Nothing was written; compare it with a backup or with an earlier proof (ship-proof audit)`,c);function G(t,c){const E=(0,n.createHash)("sha256").update(`${t??"genesis"}
${c}`).digest("hex");return`${(d(t)??Number.NaN)+1}-${E}`}}),63791:((k,T,e)=>{e.d(T,{$:()=>P,P:()=>l});var n=e(24251),p=e(8227);const v=4*1024*1024;function P(i,d){if(d.entries.length===0)throw new TypeError("a change without entries would leave no trace in the history");for(const u of d.entries)n.Oo.parse(u);const R=(0,n.Sm)(d.entries)!==void 0,h=d.entries.filter(u=>u.kind==="genesis").length;if(i.version===null&&!R)throw new TypeError("the first change must begin with a genesis entry");if(h!==(i.version===null?1:0))throw new TypeError("a ledger has exactly one genesis entry");for(const u of Object.keys(d.records))(0,p.h_)(u);K(d.subject);const M=Buffer.byteLength(JSON.stringify([d.entries,d.records]));if(M>v)throw new TypeError(`a change of ${M} bytes is too large for a ledger`)}function l(i){for(const d of n.Pr)if(Object.hasOwn(i,d))throw new TypeError(`an entry body may not set ${JSON.stringify(d)}`)}function K(i){if(!/^[\x20-\x7e]{1,200}$/.test(i)||i.trim()!==i)throw new TypeError(`a subject is one printable line of at most 200 characters: ${JSON.stringify(i)}`)}}),80101:((k,T,e)=>{e.d(T,{ac:()=>P,mQ:()=>K,np:()=>l});var n=e(3301),p=e(79435),v=e(24251);const P=n.rej({schemaVersion:n.euz(1),ledger:n.euz("ship-proof"),ledgerId:n.YjP().min(16),seq:n.Whr().positive(),entries:n.Whr().positive(),lastAt:p.w$({precision:3})});function l(i,d){const R=i?.ledgerId??(0,v.Sm)(d.entries)?.ledgerId,h=d.entries.at(-1)?.at;if(R===void 0||h===void 0)throw new TypeError("a change that nobody checked");return{schemaVersion:1,ledger:"ship-proof",ledgerId:R,seq:(i?.seq??0)+1,entries:(i?.entries??0)+d.entries.length,lastAt:h}}const K=i=>({ledgerId:i?.ledgerId??null,seq:i?.seq??0,entries:i?.entries??0,lastAtMs:i===null?0:Date.parse(i.lastAt)})}),95617:((k,T,e)=>{e.r(T),e.d(T,{redisLedger:()=>oe});var n=e(3301),p=e(89201),v=e(72106),P=e(85063),l=e(80002),K=e(63791),i=e(24413),d=e(80101);const R={[Symbol.asyncDispose]:async()=>{}};var h=e(8227),M=e(24251);const u=500,G=n.PVZ([n.euz("version"),n.YjP(),n.euz("parent"),n.YjP(),n.euz("text"),n.YjP()]),t=n.YOg(n.PVZ([n.YjP(),G]));async function*c(s,a,{after:o,last:g}){const D=o===void 0?0:(0,l.nV)(o);if(D===void 0||o!==void 0&&!await E(s,o))throw(0,l.mw)(`${(0,l.h0)(o??"")} is not part of it`);const I=Math.max(D,g===void 0?0:a.seq-Math.trunc(g));let _=I===0?null:I===D?o:void 0,x=0,L=[];for(let N=I+1;N<=a.seq;N+=u){const j=Math.min(a.seq,N+u-1),C=await W(s,N,j);if(C.length!==j-N+1)throw(0,l.mw)(`transactions between ${N} and ${j} are missing`);for(const b of C){const r=(0,l.xt)(b,_===void 0?b.parent:_);if(b.parent===null&&(0,M.Sm)(r)?.ledgerId!==a.ledgerId)throw(0,l.mw)("it does not begin with the genesis that its head names");_=b.version,x+=r.length,g===void 0?yield*r:L=[...L,...r].slice(-g)}}if(_!==void 0&&_!==a.version)throw(0,l.mw)("the walk did not end at the head");I===0&&g===void 0&&(0,l.MA)(a,{links:a.seq,entries:x}),yield*L}async function E(s,a){const o=(0,l.nV)(a);if(o===void 0)return!1;const[g]=await W(s,o,o);return g?.version===a}async function W({send:s,key:a},o,g){const D=t.safeParse(await s(["XRANGE",a,`${o}-0`,`${g}-0`]));if(!D.success)throw(0,l.mw)(`something else stands between the transactions ${o} and ${g}`,{cause:D.error});return D.data.map(([,[,I,,_,,x]])=>({version:I,parent:_===""?null:_,text:x}))}var X=e(77598);const Z=s=>["head","records","paths","log"].map(a=>`ship-proof:{${s}}:${a}`),F=H(`
local head = redis.call('HMGET', KEYS[1], 'version', 'head')
local time = redis.call('TIME')
local answer = { head[1] or '', head[2] or '', time[1], time[2] }
for _, path in ipairs(ARGV) do answer[#answer + 1] = redis.call('HGET', KEYS[2], path) or '' end
return answer
`),Q=H(`
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return {} end
return { 'ok', redis.call('HGET', KEYS[2], ARGV[2]) }
`),q=H(`
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return {} end
local paths = redis.call('ZRANGEBYLEX', KEYS[3], '[' .. ARGV[2], '(' .. ARGV[2] .. '\\255')
local answer = { 'ok' }
for _, path in ipairs(paths) do
  answer[#answer + 1] = path
  answer[#answer + 1] = redis.call('HGET', KEYS[2], path)
end
return answer
`),ee=H(`
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
`);function H(s){return{text:s,sha:(0,X.createHash)("sha1").update(s).digest("hex")}}const B=1e4,ne=12e4,te=3,se=n.YOg(n.YjP()),re=n.YOg(n.YjP().nullable());function oe({connection:s,store:a,namespace:o,clock:g,random:D}){const I=Z(o),_=new WeakMap,x=async(r,w,O)=>{O?.signal?.throwIfAborted();const S=(O?.deadline??Number.POSITIVE_INFINITY)-g.monotonic(),A=Math.max(100,Math.min(B,S)),y=[String(I.length),...I,...w];try{return await s.send(["EVALSHA",r.sha,...y],A)}catch(f){if(!ae(f))throw f;return s.send(["EVAL",r.text,...y],A)}},L=async(r,w,O,S={})=>{const A=S.deadline??g.monotonic()+ne;for(let y=1;;y+=1)try{return await x(r,w,S)}catch(f){const m=(0,P.z)(y,D);if(!J(f)||y>=O||g.monotonic()+m>=A)throw f;await g.sleep(m,S.signal)}},N=(r,w,O)=>L(r,w,te,O),j=(r,w,O,S,A)=>{const y=async(f,m)=>{const[V,...Y]=re.parse(await N(f,[r??"",m],A));if(V!=="ok")throw(0,i.aW)(a);return Y};return{version:r,...(0,d.mQ)(w),storeNowMs:O,async get(f){(0,h.h_)(f);const m=S.get(f)??(await y(Q,f))[0];return typeof m=="string"&&m!==""?U(m,f):void 0},async list(f){(0,h.XQ)(f);const m=await y(q,f),V=new Map;for(let Y=0;Y<m.length;Y+=2){const $=m[Y]??"";V.set($,U(m[Y+1]??"null",$))}return V}}},C=async(r,w=[])=>{w.forEach(h.h_);const O=se.parse(await N(F,w,r)),[S="",A="",y,f,...m]=O,V=A===""?null:ie(A,a),Y=Number(y)*1e3+Math.floor(Number(f)/1e3),$=new Map(w.map((ce,le)=>[ce,m[le]??""])),z=j(S===""?null:S,V,Y,$,r);return _.set(z,V),z},b={send:r=>s.send(r,B),key:I[3]??""};return{store:a,backoffMs:5,read:C,async commit(r,w,O){(0,K.$)(r,w);const S=_.get(r);if(S===void 0)throw new TypeError("a commit needs a snapshot of this very ledger");const A=(0,d.np)(S,w),y=(0,l.nf)(r.version,w),f=Object.entries(w.records).flatMap(([Y,$])=>[Y,$===null?"":JSON.stringify($)]),m=[r.version??"",y.version,String(A.seq),JSON.stringify(A),y.text,...f];return await de(L(ee,m,Number.POSITIVE_INFINITY,O),a)==="won"?{won:!0,version:y.version,seq:A.seq}:{won:!1}},async*history(r={}){yield*c(b,await C(),r)},contains:async r=>E(b,r),turn:async()=>R,[Symbol.asyncDispose]:async()=>s[Symbol.asyncDispose]()}}function ie(s,a){const o=d.ac.safeParse((0,v.qF)(s));if(o.success)return o.data;throw(0,p.J5)("ledger-foreign",`${a} holds something that is not a ship-proof ledger; it was left as it is. Choose another namespace`,{cause:o.error})}function U(s,a){const o=(0,v.qF)(s);if(o===void 0)throw(0,l.mw)(`the record ${a} is no JSON`);return o}const ae=s=>s instanceof p.AK&&s.cause instanceof Error&&s.cause.message.startsWith("NOSCRIPT"),J=s=>s instanceof p.AK&&["store-unreachable","store-timeout","store-server-error"].includes(s.code);async function de(s,a){try{return n.k5n(["won","lost"]).parse(await s)}catch(o){throw J(o)?(0,p.Ni)("ledger-undecided",`it could not be learned in time whether the transaction reached ${a}: it may have. Run the command again: it reads the ledger first`,{cause:o}):o}}}),72106:((k,T,e)=>{e.d(T,{KX:()=>n,RK:()=>v,qF:()=>p});const n=64;function p(h){if(!v(h,n))try{return JSON.parse(h)}catch(M){if(M instanceof SyntaxError)return;throw M}}function v(h,M){let u=0,G=!1;for(let t=0;t<h.length;t+=1){const c=h.charCodeAt(t);if(G)c===l?t+=1:c===P&&(G=!1);else if(c===P)G=!0;else if(c===K||c===d){if(u+=1,u>M)return!0}else(c===i||c===R)&&(u-=1)}return!1}const[P,l]=[34,92],[K,i,d,R]=[91,93,123,125]})};export{fe as id,he as ids,ue as modules};
