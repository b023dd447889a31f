const id=670,ids=[670],modules={40670:(module=>{module.exports=eval("require")("@node-rs/xxhash")})};export{id,ids,modules};
