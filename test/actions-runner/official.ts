import { registerHooks } from 'node:module';

// GitHub's own parser imports JSON without the attribute that Node wants.
const hooks = registerHooks({
  resolve: (specifier, context, next) => {
    const isSchema = specifier.endsWith('.json') && context.parentURL?.includes('/@actions/');
    return isSchema
      ? { ...next(specifier, context), importAttributes: { type: 'json' } }
      : next(specifier, context);
  },
});
export const { data, Evaluator, Lexer, Parser } = await import('@actions/expressions');
export const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import(
  '@actions/workflow-parser'
);
hooks.deregister();
