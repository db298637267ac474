package dev.nereid.models.operators.control;

import static dev.nereid.models.operators.ModelSketch.body;
import static dev.nereid.models.operators.ModelSketch.bool;
import static dev.nereid.models.operators.ModelSketch.floats;
import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.load;
import static dev.nereid.models.operators.ModelSketch.longs;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.numbers;
import static dev.nereid.models.operators.ModelSketch.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.operators.Tensors;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** If beyond what the conformance suite covers. */
class IfTest {
    private static final Tensor X = Tensors.floats(new float[] {1, 2});
    private static final Tensor YES = Tensors.bytes(DataType.BOOL, 1).withShape(Shape.SCALAR);
    private static final Tensor NO = Tensors.bytes(DataType.BOOL, 0);

    private static NodeProto branch(GraphProto then, GraphProto otherwise) {
        return node("y = If(c)", body("then_branch", then), body("else_branch", otherwise));
    }

    @Test
    void aBranchMayGiveAValueFromAroundItOrAConstant() {
        GraphProto graph = graph(
                "c:b x:f[n]",
                "y:f",
                node("z = Neg(x)"),
                branch(graph("", "z:f"), graph("", "k:f", floats("k", 5, 6, 7))));

        assertThat(run(graph, YES, X)).containsExactly("FP32[2] [-1.0, -2.0]");
        assertThat(run(graph, NO, X)).containsExactly("FP32[3] [5.0, 6.0, 7.0]");
    }

    @Test
    void aConstantConditionLeavesOnlyTheBranch() {
        GraphProto nested = graph(
                "",
                "t:f",
                node("u = Neg(x)"),
                node("v = Exp(u)"),
                bool("d", false),
                node("t = If(d)", body("then_branch", graph("", "v:f")), body("else_branch", graph("", "u:f"))));
        GraphProto graph = graph("x:f[n]", "y:f", bool("c", true), branch(nested, graph("", "x:f")));

        assertThat(run(graph, X)).containsExactly("FP32[2] [-1.0, -2.0]");
        try (SlabPool pool = new SlabPool(0);
                LoadedModel model = load(graph, LoadOptions.DEFAULT, pool)) {
            assertThat(model.plan().steps())
                    .extracting(step -> step.node().operator())
                    .containsExactly("Neg");
        }
    }

    @Test
    void aBranchThatDoesNotSuitTheShapesFailsOnlyTheRunThatTakesIt() {
        AttributeProto permutation = numbers("perm", 0L, 2L, 1L);
        GraphProto graph = graph(
                "c:b x:f[2]",
                "y:f",
                branch(graph("", "t:f", node("t = Transpose(x)", permutation)), graph("", "t:f", node("t = Neg(x)"))));

        assertThat(run(graph, NO, X)).containsExactly("FP32[2] [-1.0, -2.0]");
        assertThatThrownBy(() -> run(graph, YES, X))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("Transpose");
    }

    @Test
    void anUnknownOperatorInABranchIsRefusedAtOnce() {
        GraphProto graph = graph(
                "c:b x:f[2]",
                "y:f",
                branch(graph("", "t:f", node("t = Frobnicate(x)")), graph("", "t:f", node("t = Neg(x)"))));

        assertThatThrownBy(() -> run(graph, NO, X))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("Frobnicate");
    }

    @Test
    void branchesOfDifferentDatatypesAreRefused() {
        GraphProto graph = graph("c:b x:f[2]", "y:f", branch(graph("", "x:f"), graph("", "k:i", longs("k", 1, 2))));

        assertThatThrownBy(() -> run(graph, NO, X))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("output 0");
    }

    @Test
    void branchesMayBeNestedDeep() {
        GraphProto inner = graph("", "t:f", node("t = Neg(x)"));
        for (int i = 0; i < 30; i++) {
            inner = graph(
                    "", "t:f", node("t = If(c)", body("then_branch", inner), body("else_branch", graph("", "x:f"))));
        }
        GraphProto graph = graph("c:b x:f[n]", "y:f", branch(inner, graph("", "x:f")));

        assertThat(run(graph, YES, X)).containsExactly("FP32[2] [-1.0, -2.0]");
    }
}
