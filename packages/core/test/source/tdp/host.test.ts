import { expect, test } from 'vitest';
import { placeOf } from '../../../src/source/tdp/host.ts';

const placeIn = (url: string): string => placeOf(new URL(url).hostname);

test.each([
  ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.0.0.1.', '127.255.0.9'],
  ...['[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
  ...['localhost', 'LOCALHOST', 'localhost.', 'a.localhost', 'a.b.localhost.', '①②⑦.0.0.1'],
])('%s is this machine', (host) => {
  expect(placeIn(`http://${host}:80/`)).toBe('loopback');
});

test.each([
  ...['169.254.169.254', '2852039166', '0xa9fea9fe', '169.254.1', '169.254.170.2'],
  ...['[fe80::1]', '[febf::1]', '[fd00:ec2::254]', '[::ffff:169.254.169.254]'],
])('%s is on its own link', (host) => {
  expect(placeIn(`http://${host}/`)).toBe('link-local');
});

test.each([
  ...['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.9.9', '192.168.1.1', '[fc00::1]'],
  ...['[fdff::1]', '[::ffff:10.0.0.1]', '0.0.0.0', '0', '[::]', '100.100.100.200', '192.0.0.192'],
  ...['198.18.0.1', '224.0.0.1', '255.255.255.255', '[ff02::1]', '[64:ff9b::7f00:1]'],
  ...[
    '[2002:7f00:1::]',
    '[::127.0.0.2]',
    'minio',
    'minio.',
    'metadata.google.internal',
    'nas.local',
  ],
])('%s is in a private network', (host) => {
  expect(placeIn(`http://${host}/`)).toBe('private');
});

test.each([
  ...['8.8.8.8', '172.15.0.1', '172.32.0.1', '169.253.0.1', '11.0.0.1', '128.0.0.1', '100.128.0.1'],
  ...[
    '[2600:1f18::1]',
    '[::ffff:8.8.8.8]',
    'bucket.s3.eu-west-1.amazonaws.com',
    's3.amazonaws.com.',
  ],
  ...['localhost.example.com', 'notlocalhost.com', 'local.example', '127.0.0.1.example.com'],
  ...['bucket.vpce-1a2b-3c4d.s3.us-east-1.vpce.amazonaws.com'],
])('%s is in the world', (host) => {
  expect(placeIn(`http://${host}/`)).toBe('public');
});
