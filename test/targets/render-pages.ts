import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ListenOptions, startServer, type Target } from './server.ts';

const page = (body: string, head = ''): string =>
  `<!doctype html><html><head><meta charset="utf-8">${head}</head><body>${body}</body></html>`;

const script = (source: string, body = ''): string => page(`${body}<script>${source}</script>`);

/** Pages that are something else once their scripts ran, or that never come to an end. */
const PAGES: Readonly<Record<string, string>> = {
  '/app': script(
    `document.getElementById('app').innerHTML = '<h1 class="title">Made <b>by script</b></h1>';
     fetch('/data').then((answer) => answer.text()).then((text) => { document.getElementById('more').textContent = text; });`,
    '<div id="app">Loading</div><div id="more"></div><p style="display:none">Invisible</p>',
  ),
  '/throws': script(
    `console.error('about to fail', 42); throw new TypeError('app is broken');`,
    '<div id="app"></div>',
  ),
  '/missing-part': page(
    '<h1>Shop</h1><script src="/gone.js?token=very-secret"></script><img src="http://127.0.0.1:1/x.png">',
  ),
  '/alert': script(
    `alert('hello'); document.body.append(String(confirm('sure?')), ' ', String(prompt('name?')));`,
  ),
  '/unload': script(
    `addEventListener('beforeunload', (event) => event.preventDefault()); setTimeout(() => { location.href = '/app'; }, 50);`,
  ),
  '/loop': script('for (;;);', '<h1>Loop</h1>'),
  '/loop-later': script('setTimeout(() => { for (;;); }, 20);', '<h1>Loop later</h1>'),
  '/giant': script(
    `const row = 'x'.repeat(1000); for (let i = 0; i < 8000; i += 1) document.body.append(row);`,
  ),
  '/busy': script(`setInterval(() => fetch('/data'), 50);`, '<h1>Busy</h1>'),
  '/goes-on': script(`setTimeout(() => location.replace('/app?from=script#part'), 50);`),
  '/pushes': script(`history.pushState(null, '', '/pushed/path');`, '<h1>Pushed</h1>'),
  '/popup': script(`window.open('/app?popup'); document.body.append('still here');`),
  '/cookie': script(
    `document.cookie = 'by-script=value-of-script'; document.body.append('cookies: ' + document.cookie);`,
  ),
  '/stamped': script(
    `const meta = document.createElement('meta'); meta.name = 'x-build-id'; meta.content = 'build-7-abc'; document.head.append(meta);`,
    '<h1>Stamped</h1>',
  ),
  '/tampers': script(
    `String.prototype.slice = () => 'forged'; Object.defineProperty(Document.prototype, 'body', { get: () => ({ innerText: 'forged' }) });`,
    '<h1>Real</h1>',
  ),
};

/** A site of such pages. `other` is the origin that pages of `/leads` pull something from. */
export async function renderPages(
  options: ListenOptions & { readonly other?: string } = {},
): Promise<Target> {
  const { other = 'http://127.0.0.1:1' } = options;
  const ANSWERS: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
    '/data': (_, response) => response.end('From the API'),
    '/error': (_, response) =>
      response.writeHead(500, HTML).end(script(`document.body.textContent = 'Sorry';`)),
    '/empty-error': (_, response) => response.writeHead(503).end(),
    '/download': (_, response) =>
      response
        .writeHead(200, { 'content-type': 'application/zip', 'content-disposition': 'attachment' })
        .end('PK'),
    '/endless': (_, response) => {
      response.writeHead(200, HTML).write('<h1>Begun</h1>');
      const timer = setInterval(() => response.write('<p>more</p>'), 20);
      response.on('close', () => clearInterval(timer));
    },
    '/hangs': () => {},
    '/wall': (_, response) =>
      response.writeHead(401, { ...HTML, 'www-authenticate': 'Basic realm="in"' }).end(page('Sign in first')),
    '/moved': (_, response) =>
      response
        .writeHead(302, { location: '/app', 'set-cookie': 'on-the-way=seen-it-all; Path=/; HttpOnly' })
        .end(),
    '/away': (_, response) => response.writeHead(302, { location: `${other}/app` }).end(),
    '/metadata': (_, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end(),
    '/sign-in': (_, response) =>
      response.writeHead(204, { 'set-cookie': 'sid=session-1234; Path=/; HttpOnly' }).end(),
    '/me': (request, response) =>
      response
        .writeHead(200, HTML)
        .end(page(/sid=session-1234/.test(request.headers.cookie ?? '') ? 'Hello, probe' : 'Nobody')),
    '/pulls': (_, response) =>
      response
        .writeHead(200, HTML)
        .end(
          page(
            `<h1>Pulls</h1><img src="${other}/x.png"><script>fetch('/data'); fetch('${other}/fetched', { mode: 'no-cors' }).catch(() => {});</script>`,
          ),
        ),
    '/frames': (_, response) =>
      response
        .writeHead(200, HTML)
        .end(
          page(
            `<h1>Frames</h1><iframe src="${other}/app"></iframe><script>new Worker('/worker.js'); new SharedWorker('/worker.js');</script>`,
          ),
        ),
    '/worker.js': (_, response) =>
      response.writeHead(200, { 'content-type': 'text/javascript' }).end('fetch("/data")'),
    '/pries': (_, response) => response.writeHead(200, HTML).end(pries(other)),
  };
  return startServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://page');
    const answer = ANSWERS[pathname];
    if (answer) return answer(request, response);
    const found = PAGES[pathname];
    response.writeHead(found ? 200 : 404, HTML).end(found ?? page('Not found'));
  }, options);
}

const HTML = { 'content-type': 'text/html; charset=utf-8', 'x-served-by': 'pages' };

/** Tries every way to another server that a page has. */
function pries(other: string): string {
  const socket = other.replace(/^http/, 'ws');
  const work = JSON.stringify(
    `fetch('${other}/worker', { mode: 'no-cors' }).catch(() => {}); new WebSocket('${socket}/from-worker');`,
  );
  return page(
    `<h1>Pries</h1><img src="${other}/image"><iframe src="${other}/frame"></iframe><link rel="stylesheet" href="${other}/style">
     <script>
       fetch('${other}/fetch', { mode: 'no-cors' }).catch(() => {});
       navigator.sendBeacon('${other}/beacon', 'x');
       new WebSocket('${socket}/socket');
       new EventSource('${other}/events');
       new Worker(URL.createObjectURL(new Blob([${work}])));
       window.open('${other}/popup');
       const link = document.createElement('link');
       Object.assign(link, { rel: 'preconnect', href: '${other}' });
       document.head.append(link);
       const peer = new RTCPeerConnection({ iceServers: [{ urls: 'turn:${new URL(other).host}?transport=tcp', username: 'u', credential: 'c' }] });
       peer.createDataChannel('x');
       peer.createOffer().then((offer) => peer.setLocalDescription(offer));
     </script>`,
  );
}
