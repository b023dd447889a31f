import type { IncomingMessage } from 'node:http';
import { startServer, type Target } from './server.ts';

export interface Issue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  state: string;
  readonly comments: string[];
  /** By the server's clock; one without is taken for new. */
  readonly updatedAt?: string;
}

export interface IssuesApi extends Target {
  readonly issues: Issue[];
  /** Answers with that status, whatever is asked; undefined: as it should. */
  broken: number | undefined;
}

/** The part of GitHub's REST API that issues, commits, pull requests and runs of one repository are asked for by. */
export async function startIssuesApi(repository: string, things: readonly string[] = []): Promise<IssuesApi> {
  const issues: Issue[] = [];
  const server = await startServer(async (request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (api.broken !== undefined) return answer(api.broken, { message: 'no' });
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    const path = pathname.replace(`/repos/${repository}`, '');
    const body = (await bodyOf(request)) as { title?: string; body?: string; state?: string };
    const issue = issues.find(({ number }) => path.startsWith(`/issues/${number}`));
    if (path === '/issues' && request.method === 'GET')
      return answer(
        200,
        issues.filter(
          ({ state, updatedAt = '9' }) => state === 'open' && updatedAt >= (searchParams.get('since') ?? ''),
        ),
      );
    if (path === '/issues' && request.method === 'POST') {
      const { title = '', body: text = '' } = body;
      const made: Issue = { number: issues.length + 1, title, body: text, state: 'open', comments: [] };
      issues.push(made);
      return answer(201, made);
    }
    if (issue && path.endsWith('/comments')) {
      issue.comments.push(body.body ?? '');
      return answer(201, {});
    }
    if (issue) {
      if (request.method === 'PATCH') issue.state = body.state ?? issue.state;
      return answer(200, issue);
    }
    return things.includes(path) ? answer(200, {}) : answer(404, { message: 'Not Found' });
  });
  const api: IssuesApi = { ...server, issues, broken: undefined };
  return api;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
