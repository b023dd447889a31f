const t=1488,s=[1488,9107,4345],e={59107:(o=>{o.exports={}})};export{t as id,s as ids,e as modules};
