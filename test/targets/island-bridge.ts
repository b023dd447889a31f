// Runs inside the network of `withoutRoute`: `island-bridge.ts port=socket,… file args…`. It listens on the ports,
// passes each connection through its socket, runs the command, and ends as the command ended.
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';

const [bridges = '', file = '', ...args] = process.argv.slice(2);

for (const [port, path = ''] of bridges.split(',').map((bridge) => bridge.split('='))) {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const onward = connect({ path, allowHalfOpen: true });
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: Number(port) }, resolve);
  });
}

const child = spawn(file, args, { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.on('exit', (code, signal) => {
  if (signal) process.removeAllListeners(signal);
  if (signal) process.kill(process.pid, signal);
  else process.exit(code ?? 1);
});
