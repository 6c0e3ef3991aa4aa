/** Ways to give a machine a public name, step by step. Pure; `target` is where the server listens. */

export type Step = { say: string; command?: string };
export type Tunnel = {
  key: string;
  name: string;
  /** Who it is for. */
  when: string;
  steps: Step[];
  /** What surprises people. */
  mind: string;
};

export function tunnels(target: string): Tunnel[] {
  const url = new URL(target);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return [
    {
      key: 'cloudflared',
      name: 'cloudflared',
      when: 'The quickest: no account. A new name at each start.',
      steps: [
        { say: 'Install cloudflared, then:', command: `cloudflared tunnel --url ${target}` },
        { say: 'It prints an address that ends in .trycloudflare.com: that is the public one.' },
      ],
      mind: 'Such quick tunnels do not pass on live streams: look at these pages by their local address, and let only the hooks come through the tunnel.',
    },
    {
      key: 'ngrok',
      name: 'ngrok',
      when: 'With a free account the name stays the same, so hooks need not be set up again.',
      steps: [
        {
          say: 'Install ngrok and, once, add the token of your account:',
          command: 'ngrok config add-authtoken YOUR-TOKEN',
        },
        { say: 'Then:', command: `ngrok http ${port}` },
        { say: 'The line “Forwarding” has the public address.' },
      ],
      mind: 'Browsers see a warning page of ngrok first; hooks do not.',
    },
    {
      key: 'devtunnel',
      name: 'Dev tunnels',
      when: 'From Microsoft, with a Microsoft, Entra or GitHub account.',
      steps: [
        { say: 'Install devtunnel and sign in:', command: 'devtunnel user login' },
        {
          say: 'Hooks cannot sign in, so access is anonymous; the key still guards the door:',
          command: `devtunnel host --port-numbers ${port} --allow-anonymous`,
        },
        { say: 'It prints an address that ends in .devtunnels.ms.' },
      ],
      mind: 'Without --allow-anonymous every hook is answered with a sign-in page, and the provider thinks that it was delivered.',
    },
    {
      key: 'ssh',
      name: 'ssh -R',
      when: 'With a server of your own that has a public name: nobody in between.',
      steps: [
        {
          say: 'On this machine, let port 8080 of the server lead here:',
          command: `ssh -N -R 127.0.0.1:8080:${url.hostname === 'localhost' ? '127.0.0.1' : url.hostname}:${port} you@hooks.example.com`,
        },
        {
          say: 'On the server, a proxy with a certificate, such as Caddy:',
          command: 'caddy reverse-proxy --from hooks.example.com --to 127.0.0.1:8080',
        },
        { say: 'The public address is https://hooks.example.com.' },
      ],
      mind: 'When the connection breaks, the server answers 502, and Azure DevOps tries again for three minutes. Start ssh again by itself (autossh, or a systemd unit).',
    },
  ];
}
