import { expect, test } from 'vitest';
import { tunnels } from './tunnels';

const commands = (target: string) =>
  tunnels(target)
    .flatMap(({ steps }) => steps.map(({ command }) => command ?? ''))
    .join('\n');

test('commands name the port that this server has', () => {
  const said = commands('http://127.0.0.1:3700');
  expect(said).toContain('cloudflared tunnel --url http://127.0.0.1:3700');
  expect(said).toContain('ngrok http 3700');
  expect(said).toContain('devtunnel host --port-numbers 3700 --allow-anonymous');
  expect(said).toContain('ssh -N -R 127.0.0.1:8080:127.0.0.1:3700');
});

test('an address without a port has the one of its scheme', () => {
  expect(commands('https://creel.example.com')).toContain('ngrok http 443');
  expect(commands('http://localhost')).toContain('8080:127.0.0.1:80 ');
});
