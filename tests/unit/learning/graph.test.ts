import { describe, expect, it } from 'vitest';
import { Graph } from '#internal/learning/onnx/graph.js';

const textOf = (graph: Graph) => Buffer.from(graph.encode()).toString('latin1');

describe('a graph', () => {
  it('has no nodes that nobody reads', () => {
    const graph = new Graph('o');
    const x = graph.input('x', [2]);
    graph.node('Exp', [graph.node('Tanh', [x], [2])], [2]);
    graph.output(graph.node('Sqrt', [x], [2]));
    expect(textOf(graph)).toContain('Sqrt');
    expect(textOf(graph)).not.toMatch(/Tanh|Exp/);
  });

  it('has what only the body of a loop reads', () => {
    const outer = new Graph('o');
    const body = new Graph('b');
    const x = outer.input('x', [2]);
    const read = outer.node('Tanh', [x], [2]);
    body.input('step', [], 'int64');
    const proceed = body.input('proceed', [], 'bool');
    const carried = body.input('carried', [2]);
    body.output(proceed, 'bool');
    body.output(body.node('Add', [carried, read], [2]));
    body.output(body.node('Sqrt', [carried], [2]));
    const [end = x] = outer.loop(outer.input('steps', [], 'int64'), [x], body, [2]);
    outer.output(end);
    expect(textOf(outer)).toMatch(/Tanh/);
  });

  it('names the domains of operators that are not of the standard', () => {
    const graph = new Graph('o');
    const x = graph.input('x', [2]);
    graph.output(graph.node('com.microsoft.GatedAdd', [x, x, graph.constant([1], [1])], [2]));
    expect(textOf(graph)).toContain('com.microsoft');
    expect(textOf(graph)).not.toContain('com.microsoft.GatedAdd');
  });

  it('has a node once for all who want the same, and outputs of one value apart', () => {
    const graph = new Graph('o');
    const x = graph.input('x', [2]);
    const [one, same] = [graph.node('Tanh', [x], [2]), graph.node('Tanh', [x], [2])];
    expect(same).toBe(one);
    expect(graph.node('Elu', [x], [2], { alpha: { float: 1 } })).not.toBe(
      graph.node('Elu', [x], [2], { alpha: { float: 2 } }),
    );
    expect(new Set([graph.output(one), graph.output(one), graph.output(one)]).size).toBe(3);
  });

  it('refuses an input that is still to be multiplied, also where the node is known without', () => {
    const graph = new Graph('o');
    const x = graph.input('x', [2]);
    graph.node('Tanh', [x], [2]);
    expect(() => graph.node('Tanh', [{ ...x, factor: 2 }], [2])).toThrow(/still to be multiplied/);
  });
});
