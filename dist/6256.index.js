const id=6256,ids=[6256],modules={6256:(module=>{module.exports=eval("require")("kerberos")})};export{id,ids,modules};
