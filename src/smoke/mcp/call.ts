import { resultAnswer } from '../answer.ts';
import { judge } from '../expect/judge.ts';
import type { McpCall } from '../plan.ts';
import type { Finding } from '../result.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Values } from '../template.ts';
import { nameList } from './findings.ts';
import type { ToolResult } from './session.ts';
import type { ListedTool } from './tools.ts';

/** Everything that is wrong with the result of a call. */
export async function judgeResult(
  call: McpCall,
  result: ToolResult,
  judging: {
    readonly values: Values;
    readonly sandbox: Sandbox;
    readonly mask?: ((text: string) => string) | undefined;
  },
): Promise<Finding[]> {
  const answer = resultAnswer(result.text, result.structured);
  const findings = await judge(call.expectations, answer, judging.values, judging.sandbox, judging.mask);
  const wanted = call.isError ?? false;
  if (result.isError === wanted) return findings;
  const error: Finding = {
    status: 'fail',
    title: 'error',
    expected: wanted ? 'the tool reports an error' : 'no error',
    observed: result.isError
      ? `an error: ${(judging.mask?.(result.text) ?? result.text).slice(0, 500)}`
      : 'a result',
    place: call.place,
  };
  return [error, ...findings];
}

/** A tool that is not listed is not called. */
export const notOffered = (call: McpCall, tools: readonly ListedTool[]): Finding => ({
  status: 'fail',
  title: 'tool',
  expected: 'the server offers it',
  observed: `it offers ${nameList(tools.map(({ name }) => name))}`,
  place: call.place,
});
