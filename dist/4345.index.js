const t=4345,s=[4345,9107,1488],e={59107:(o=>{o.exports={}})};export{t as id,s as ids,e as modules};
