import type { Capture } from '../plan.ts';
import { compilePattern } from './compile-test.ts';
import type { Compiling } from './compiling.ts';
import type { Source } from './source.ts';
import type { StepSpec } from './spec.ts';

type CaptureSpec = NonNullable<StepSpec['capture']>[string];

export const compileCapture = (
  name: string,
  spec: CaptureSpec,
  source: Source,
  compiling: Compiling,
): Capture => ({
  name,
  place: source.place,
  secret: spec.secret ?? true,
  from: compileFrom(spec, source, compiling),
});

function compileFrom(spec: CaptureSpec, source: Source, compiling: Compiling): Capture['from'] {
  if ('json' in spec) {
    compiling.tryOut('json', spec.json, source.in('json'));
    return { kind: 'json', path: spec.json };
  }
  if ('html' in spec) {
    compiling.tryOut('html', spec.html, source.in('html'));
    return { kind: 'html', selector: spec.html, attribute: spec.attribute?.toLowerCase() };
  }
  if ('regex' in spec) {
    return { kind: 'regex', pattern: compilePattern(source.in('regex'), spec.flags, compiling) };
  }
  return 'header' in spec ? { kind: 'header', name: spec.header } : { kind: 'cookie', name: spec.cookie };
}
