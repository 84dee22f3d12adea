import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aptOptionsFrom, asSeenFromGuest, mirrorsFrom } from '../../../local/machines/host-apt.ts';
import { bootstrapArguments } from '../../../local/images/debian/root-tree.ts';
import { filesOfImage } from '../../../local/images/debian/guest-files.ts';

const DUMP = `APT::Architecture "amd64";
Acquire::http::Proxy "http://user:secret@proxy.example:3128";
Acquire::http::Proxy::mirror.example "DIRECT";
Acquire::https::Proxy "";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
`;

test('the proxy of the host is handed on, and nothing else of its apt.conf', () => {
  assert.deepEqual(aptOptionsFrom(DUMP, {}), [
    'Acquire::http::Proxy "http://user:secret@proxy.example:3128";',
    'Acquire::http::Proxy::mirror.example "DIRECT";',
    'Acquire::Check-Valid-Until "false";',
  ]);
});

test('http_proxy counts where apt has no proxy of its own', () => {
  const environment = { http_proxy: 'http://other.example:1', https_proxy: 'http://other.example:2' };
  const options = aptOptionsFrom(DUMP, environment);
  assert.ok(!options.some((line) => line.includes('other.example:1')));
  assert.ok(options.includes('Acquire::https::Proxy "http://other.example:2";'));
});

test('a proxy setting that would break out of its quotes is ignored', () => {
  assert.deepEqual(aptOptionsFrom('', { http_proxy: 'http://x";Dir "/' }), []);
});

test('the mirror of a Debian host is used, third-party repositories are not', () => {
  const targets = `https://download.docker.com/linux/debian/ bookworm stable
http://mirror.example/debian/ bookworm main
http://mirror.example/debian/ bookworm-updates main
http://security.example/debian-security/ bookworm-security main`;
  assert.deepEqual(mirrorsFrom(targets, 'bookworm'), {
    mirror: 'http://mirror.example/debian',
    securityMirror: 'http://security.example/debian-security',
  });
});

test('an Ubuntu host, or a mirror with a password in its address, means the public mirror of Debian', () => {
  const wanted = {
    mirror: 'http://deb.debian.org/debian',
    securityMirror: 'http://deb.debian.org/debian-security',
  };
  assert.deepEqual(mirrorsFrom('http://archive.ubuntu.com/ubuntu/ noble main', 'noble'), wanted);
  assert.deepEqual(mirrorsFrom('https://me:pw@mirror.example/debian/ bookworm main', 'bookworm'), wanted);
});

test('a proxy on the loopback address of the host is another address for a guest', () => {
  assert.equal(
    asSeenFromGuest('Acquire::http::Proxy "http://127.0.0.1:3128";'),
    'Acquire::http::Proxy "http://10.0.2.2:3128";',
  );
  assert.equal(asSeenFromGuest('deb http://localhost/debian x main'), 'deb http://10.0.2.2/debian x main');
  assert.equal(asSeenFromGuest('http://localhost.example/'), 'http://localhost.example/');
});

test('no file of the image carries the proxy, although the bootstrap uses it', () => {
  const apt = { mirror: 'http://m/debian', securityMirror: 'http://m/s', options: aptOptionsFrom(DUMP, {}) };
  assert.ok(bootstrapArguments(apt).some((argument) => argument.includes('secret')));
  assert.ok(!JSON.stringify(filesOfImage(apt)).includes('secret'));
});
