const t=9107,s=[9107,1488,4345],e={59107:(o=>{o.exports={}})};export{t as id,s as ids,e as modules};
