import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { libraryServer } from './mcp-real.ts';

serveStdio(() => libraryServer());
