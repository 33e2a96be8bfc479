import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** Labels that each metric has, by its scraped name. */
export type KnownMetrics = ReadonlyMap<string, ReadonlySet<string>>;

export type Matcher = {
  readonly metric: string;
  readonly label: string;
  /** `=`, `!=`, `=~` or `!~`. */
  readonly operator: string;
  readonly value: string;
};

export type ReadQuery = {
  /** Syntax errors; else metrics that are not known, and labels that these do not have. */
  readonly problems: readonly string[];
  readonly metrics: readonly string[];
  readonly matchers: readonly Matcher[];
  /** Labels of the result. */
  readonly labels: ReadonlySet<string>;
};

/** Null: a number, which has no labels. */
type Labels = ReadonlySet<string> | null;

const NO_LABELS: ReadonlySet<string> = new Set();
const EXPRESSIONS = new Set([
  ...['AggregateExpr', 'BinaryExpr', 'FunctionCall', 'MatrixSelector', 'NumberDurationLiteral', 'OffsetExpr'],
  ...['ParenExpr', 'StepInvariantExpr', 'StringLiteral', 'SubqueryExpr', 'UnaryExpr', 'VectorSelector'],
]);

/** Reads a query as Prometheus would, and holds it against the metrics that are there. */
export function readPromql(query: string, known: KnownMetrics): ReadQuery {
  const { topNode } = parser.parse(query);
  const problems = syntaxErrors(topNode, query);
  const [metrics, matchers]: [string[], Matcher[]] = [[], []];
  const expression = topNode.firstChild;
  if (problems.length > 0 || expression === null) {
    return { problems: problems.length > 0 ? problems : ['no expression'], metrics, matchers, labels: NO_LABELS };
  }
  const labels = labelsOf(expression) ?? NO_LABELS;
  return { problems, metrics, matchers, labels };

  function labelsOf(node: SyntaxNode): Labels {
    switch (node.name) {
      case 'VectorSelector':
        return selected(node);
      case 'AggregateExpr':
        return aggregated(node);
      case 'BinaryExpr':
        return joined(node);
      case 'FunctionCall':
        return called(node);
      default: {
        const [inner] = expressionsIn(node);
        return inner === undefined ? null : labelsOf(inner);
      }
    }
  }

  function selected(node: SyntaxNode): Labels {
    const metric = text(node.getChild('Identifier'));
    const labels = known.get(metric);
    metrics.push(metric);
    if (labels === undefined) problems.push(`no metric ${metric}`);
    for (const matcher of node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []) {
      const label = text(matcher.getChild('LabelName'));
      if (labels?.has(label) === false) problems.push(`${metric} has no label ${label}`);
      const value = text(matcher.getChild('StringLiteral')).slice(1, -1);
      matchers.push({ metric, label, operator: text(matcher.getChild('MatchOp')), value });
    }
    return labels ?? NO_LABELS;
  }

  function aggregated(node: SyntaxNode): Labels {
    const inner = argumentsOf(node).map(labelsOf).at(-1) ?? NO_LABELS;
    const modifier = node.getChild('AggregateModifier');
    const named = groupingOf(modifier);
    demand(named, inner, text(node));
    if (modifier === null) return NO_LABELS;
    return modifier.getChild('By') === null ? without(inner, named) : named;
  }

  function joined(node: SyntaxNode): Labels {
    const [left = null, right = null] = expressionsIn(node).map(labelsOf);
    const matching = node.getChild('MatchingModifierClause');
    const named = groupingOf(matching);
    for (const side of [left, right]) if (side !== null) demand(named, side, text(node));
    if (left === null || right === null) return left ?? right;
    if (node.getChild('Or') !== null) return new Set([...left].filter((label) => right.has(label)));
    const isOneToOne = node.getChild('And') === null && node.getChild('Unless') === null;
    return isOneToOne && matching?.getChild('On') != null ? named : left;
  }

  function called(node: SyntaxNode): Labels {
    const name = text(node.getChild('FunctionIdentifier'));
    const before = matchers.length;
    const inner = argumentsOf(node).map(labelsOf).at(-1) ?? null;
    if (name === 'absent') {
      const equal = matchers.slice(before).filter(({ operator }) => operator === '=');
      return new Set(equal.map(({ label }) => label));
    }
    if (name !== 'histogram_quantile') return inner;
    if (inner?.has('le') !== true) problems.push(`histogram_quantile of what has no label le: ${text(node)}`);
    return inner === null ? null : without(inner, new Set(['le']));
  }

  function demand(named: ReadonlySet<string>, labels: ReadonlySet<string>, where: string): void {
    for (const label of without(named, labels)) problems.push(`no label ${label} to group by: ${where}`);
  }

  function groupingOf(modifier: SyntaxNode | null): ReadonlySet<string> {
    return new Set(modifier?.getChild('GroupingLabels')?.getChildren('LabelName').map(text));
  }

  function text(node: SyntaxNode | null): string {
    return node === null ? '' : query.slice(node.from, node.to);
  }
}

function without(labels: ReadonlySet<string>, removed: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...labels].filter((label) => !removed.has(label)));
}

function syntaxErrors(top: SyntaxNode, query: string): string[] {
  const errors: string[] = [];
  top.cursor().iterate(({ type, from }) => {
    if (type.isError) errors.push(`syntax error before ${JSON.stringify(query.slice(from, from + 20))}`);
  });
  return errors;
}

function argumentsOf(node: SyntaxNode): readonly SyntaxNode[] {
  const body = node.getChild('FunctionCallBody');
  return body === null ? [] : expressionsIn(body);
}

function expressionsIn(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (EXPRESSIONS.has(child.name)) found.push(child);
  }
  return found;
}
