// One call of a tool through the official TypeScript SDK's client.
//   node ts.mjs TOOL ERA(legacy|auto) LINKS(shows|hides) COMMAND...
// It prints {"link"} when the user is asked, and {"result"} or {"error"} at the end.
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const [tool, era, links, command, ...args] = process.argv.slice(2);
const say = (line) => console.log(JSON.stringify(line));
const client = new Client({ name: 'typescript-sdk', version: '1' }, {
  capabilities: links === 'shows' ? { elicitation: { url: {} } } : {},
  versionNegotiation: { mode: era },
});
if (links === 'shows') {
  client.setRequestHandler('elicitation/create', async ({ params }) => {
    say({ link: params.url });
    return { action: 'accept' };
  });
}
await client.connect(new StdioClientTransport({ command, args, stderr: 'inherit' }));
try {
  const { tools } = await client.listTools();
  say({ version: client.getNegotiatedProtocolVersion?.(), tools: tools.map((t) => t.name) });
  say({ result: await client.callTool({ name: tool, arguments: {} }) });
} catch (error) {
  say({ error: String(error) });
}
await client.close();
