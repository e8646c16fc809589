// The server process: read the environment, wire, start, stop with grace. Nothing else.
// Stopping leaves calls to Asterisk; the next start finds them.
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import closeWithGrace from 'close-with-grace';
import { readConfig } from './config.ts';

if (process.argv.includes('--help')) {
  process.stdout.write(`node server/main.ts

The Hotline Link server. \`npm run up\` starts it with everything it needs. Environment (each also as NAME_FILE):
  HOTLINE_HTTP           host:port to listen on           (127.0.0.1:8080)
  HOTLINE_SIP            host:port phones register at     (127.0.0.1:5060)
  HOTLINE_ARI_URL, HOTLINE_ARI_USER, HOTLINE_ARI_PASSWORD Asterisk's REST interface
  HOTLINE_DATABASE_URL   PostgreSQL                       HOTLINE_VALKEY_URL  Valkey
  HOTLINE_SITE           the city's folder                (site/qinzhou)
  HOTLINE_STATE          this node's data                 (.lab)
  HOTLINE_CDR_FILE       Asterisk's own call records      HOTLINE_SECURITY_LOG  its log of security events
  HOTLINE_MEDIA_PORTS    how many rtp.conf gives Asterisk
  HOTLINE_LOG            debug|info|warn|error|silent
`);
  process.exit(0);
}

const say = (error: unknown): never => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
};

try {
  const config = readConfig(process.env);
  // A third of a start is reading the program: callers wait for the next one (SV4).
  enableCompileCache(join(config.HOTLINE_STATE, 'compile-cache'));
  const { wire } = await import('./wire.ts');
  const wired = await wire(config, (reason) =>
    say(`${reason} This process stops; whoever runs it starts it again as a standby.`),
  );
  closeWithGrace({ delay: 5000 }, async ({ err }) => {
    if (err) process.stderr.write(`${err.stack ?? err.message}\n`);
    await wired.stop();
  });
  await wired.start();
  // Kept now, for a process that is killed writes nothing at its end.
  flushCompileCache();
} catch (error) {
  say(error);
}
