// A program that knows nothing of worlds: look-ups, HTTP, datagrams and UNIX sockets, by names. Says what came of each.
import dgram from 'node:dgram';
import dns from 'node:dns/promises';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';

const say = (...words) => console.log(words.join(' '));
const failure = (promise) => promise.then(() => 'found', (error) => error.code);

say('lookup', ...(await dns.lookup('shop.example', { all: true, order: 'ipv4first' })).map((one) => one.address));
say('resolve4', ...(await dns.resolve4('shop.example')));
say('resolve6', ...(await dns.resolve6('shop.example')));
say('mx', (await dns.resolveMx('shop.example')).map((mx) => `${mx.priority} ${mx.exchange}`));
say('service', (await dns.lookupService('127.0.0.1', 80)).service);
say('missing', await failure(dns.lookup('nosuch.test')), await failure(dns.resolve4('nosuch.test')));

const server = http.createServer((request, response) => {
  response.end(`${request.method} ${request.url} for ${request.headers.host.split(':')[0]}`);
});
server.listen(0, '::');
await once(server, 'listening');
const { port } = server.address();
const reply = await fetch(`http://shop.example:${port}/basket`);
say('http', reply.status, await reply.text());
for (const family of [4, 6]) {
  const [response] = await once(http.get({ host: 'shop.example', port, family, path: '/' }), 'response');
  say('family', family, response.statusCode, response.socket.remoteAddress);
  response.resume();
}
server.closeAllConnections();
server.close();

for (const [type, name] of [['udp4', 'four.example'], ['udp6', 'six.example']]) {
  const echo = dgram.createSocket(type);
  echo.on('message', (message, from) => echo.send(message, from.port, from.address));
  echo.bind(0);
  await once(echo, 'listening');
  const asking = dgram.createSocket(type);
  asking.send('hello', echo.address().port, name);
  const [message, from] = await once(asking, 'message');
  say(type, message, from.address);
  asking.close();
  echo.close();
}

const listener = net.createServer((socket) => socket.end('over a file'));
listener.listen(path.join(process.argv[2], 'socket'));
await once(listener, 'listening');
const stream = net.connect(path.join(process.argv[2], 'socket'));
say('unix', (await stream.toArray()).join(''));
listener.close();
