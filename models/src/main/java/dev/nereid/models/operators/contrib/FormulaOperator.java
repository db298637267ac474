package dev.nereid.models.operators.contrib;

import dev.nereid.models.graph.Node;
import dev.nereid.models.operators.Formula;
import dev.nereid.models.operators.FunctionOperator;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * An operator whose formula is a few nodes.
 *
 * @param writer adds the nodes of a node's formula
 */
record FormulaOperator(BiConsumer<Formula, Node> writer) implements FunctionOperator {
    @Override
    public List<Node> expand(Node node) {
        Formula formula = new Formula(node);
        writer.accept(formula, node);
        return formula.nodes();
    }
}
