package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Products of matrices and vectors. */
final class AtenProducts {
    private AtenProducts() {}

    static List<AtenOperator> all() {
        return List.of(
                row("linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor", AtenProducts::linear),
                row("matmul(Tensor self, Tensor other) -> Tensor", call -> product(call, "self", "other")),
                row("linalg_matmul(Tensor self, Tensor other) -> Tensor", call -> product(call, "self", "other")),
                row("mm(Tensor self, Tensor mat2) -> Tensor", call -> product(call, "self", "mat2")),
                row("bmm(Tensor self, Tensor mat2) -> Tensor", call -> product(call, "self", "mat2")),
                row("mv(Tensor self, Tensor vec) -> Tensor", call -> product(call, "self", "vec")),
                row("dot(Tensor self, Tensor tensor) -> Tensor", call -> product(call, "self", "tensor")),
                row("vdot(Tensor self, Tensor other) -> Tensor", call -> product(call, "self", "other")),
                row("inner(Tensor self, Tensor other) -> Tensor", AtenProducts::inner),
                row(
                        "addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
                        call -> sum(call, product(call, "mat1", "mat2"))),
                row(
                        "baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
                        call -> sum(call, product(call, "batch1", "batch2"))),
                row(
                        "addbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
                        call -> sum(
                                call,
                                CommonNodes.reduce(
                                        call.graph(), "ReduceSum", product(call, "batch1", "batch2"), false, 0))),
                row(
                        "addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
                        call -> sum(call, product(call, "mat", "vec"))),
                row(
                        "addr(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
                        call -> sum(call, outer(call, "vec1", "vec2"))),
                row("outer(Tensor self, Tensor vec2) -> Tensor", call -> outer(call, "self", "vec2")),
                row("ger(Tensor self, Tensor vec2) -> Tensor", call -> outer(call, "self", "vec2")),
                row("einsum(str equation, Tensor[] tensors, *, int[]? path=None) -> Tensor", AtenProducts::einsum),
                row(
                        "bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None) -> Tensor",
                        AtenProducts::bilinear),
                row(
                        "tensordot(Tensor self, Tensor other, int[] dims_self, int[] dims_other) -> Tensor",
                        AtenProducts::tensordot),
                row("chain_matmul(Tensor[] matrices) -> Tensor", call -> chain(call, "matrices")),
                row("linalg_multi_dot(Tensor[] tensors) -> Tensor", call -> chain(call, "tensors")),
                row("det(Tensor self) -> Tensor", call -> call.graph().node("Det", call.tensor("self"))),
                row("linalg_det(Tensor A) -> Tensor", call -> call.graph().node("Det", call.tensor("A"))),
                row("inverse(Tensor self) -> Tensor", call -> inverse(call, "self")),
                row("linalg_inv(Tensor A) -> Tensor", call -> inverse(call, "A")));
    }

    private static Value product(AtenCall call, String left, String right) {
        return product(call.graph(), call.tensor(left), call.tensor(right));
    }

    /** The product of two tensors of one datatype; small integers are multiplied as wide ones. */
    static Value product(AtenGraph graph, Value left, Value right) {
        DataType type = graph.dataType(left);
        return switch (type) {
            case INT8, UINT8, INT16 ->
                graph.cast(
                        graph.node("MatMul", graph.cast(left, DataType.INT32), graph.cast(right, DataType.INT32)),
                        type);
            default -> graph.node("MatMul", left, right);
        };
    }

    /** input: [..., in], weight: [out, in] or [in], bias: [out] or [] to [..., out] or [...]. */
    private static Value linear(AtenCall call) {
        return linear(call.graph(), call.tensor("input"), call.tensor("weight"), call.optionalTensor("bias"));
    }

    static Value linear(AtenGraph graph, Value input, Value weight, Optional<Value> bias) {
        if (graph.rank(input) == 2
                && graph.rank(weight) == 2
                && graph.dataType(input).isFloat()
                && bias.filter(value -> graph.rank(value) > 1).isEmpty()) {
            return CommonNodes.optional(
                    graph,
                    "",
                    "Gemm",
                    OnnxAttributes.integer("transB", 1),
                    List.of(Optional.of(input), Optional.of(weight), bias));
        }
        Value transposed = graph.rank(weight) == 2 ? CommonNodes.transpose(graph, weight, 1, 0) : weight;
        Value product = product(graph, input, transposed);
        return bias.isPresent() ? graph.node("Add", product, bias.get()) : product;
    }

    private static Value inner(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        Value other = call.tensor("other");
        if (graph.rank(self) == 0 || graph.rank(other) == 0) {
            return graph.node("Mul", self, other);
        }
        if (graph.rank(other) <= 2) {
            return product(graph, self, graph.rank(other) == 2 ? CommonNodes.transpose(graph, other, 1, 0) : other);
        }
        return contracted(graph, self, other, new long[] {graph.rank(self) - 1}, new long[] {graph.rank(other) - 1});
    }

    /** {@code beta * self + alpha * product}. Where beta is 0, NaN of self is not seen. */
    private static Value sum(AtenCall call, Value product) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        Value scaled = scaled(graph, product, call.real("alpha"));
        if (call.real("beta") == 0) {
            return graph.node("Expand", scaled, graph.node("Shape", self));
        }
        return graph.node("Add", scaled, scaled(graph, self, call.real("beta")));
    }

    private static Value scaled(AtenGraph graph, Value value, double factor) {
        return factor == 1 ? value : graph.node("Mul", value, graph.scalar(factor, graph.dataType(value)));
    }

    private static Value outer(AtenCall call, String left, String right) {
        AtenGraph graph = call.graph();
        return graph.node("Mul", CommonNodes.unsqueeze(graph, call.tensor(left), 1), call.tensor(right));
    }

    private static Value einsum(AtenCall call) {
        List<Value> tensors = call.tensors("tensors");
        String equation = call.text("equation").replace(" ", "");
        return call.graph().node("Einsum", OnnxAttributes.text("equation", equation), tensors.toArray(Value[]::new));
    }

    /** input1: [..., in1], input2: [..., in2], weight: [out, in1, in2] to [..., out]. */
    private static Value bilinear(AtenCall call) {
        AtenGraph graph = call.graph();
        Value rows = CommonNodes.unsqueeze(graph, call.tensor("input1"), -3, -2);
        Value columns = CommonNodes.unsqueeze(graph, call.tensor("input2"), -3, -1);
        Value left = graph.node("MatMul", rows, call.tensor("weight"));
        Value products = CommonNodes.squeeze(graph, graph.node("MatMul", left, columns), -2, -1);
        Optional<Value> bias = call.optionalTensor("bias");
        return bias.isPresent() ? graph.node("Add", products, bias.get()) : products;
    }

    private static Value tensordot(AtenCall call) {
        Value self = call.tensor("self");
        Value other = call.tensor("other");
        int[] left = call.axes("dims_self", self);
        int[] right = call.axes("dims_other", other);
        if (left.length != right.length) {
            throw new ModelFormatException("tensordot: " + left.length + " axes of one tensor and " + right.length
                    + " of the other cannot be summed over together");
        }
        return contracted(
                call.graph(),
                self,
                other,
                java.util.Arrays.stream(left).asLongStream().toArray(),
                java.util.Arrays.stream(right).asLongStream().toArray());
    }

    /** The sum over pairs of axes; those of self that are left come first. */
    private static Value contracted(AtenGraph graph, Value self, Value other, long[] left, long[] right) {
        int rank = graph.rank(self);
        int otherRank = graph.rank(other);
        if (rank + otherRank > 26) {
            throw new ModelFormatException(
                    "tensordot: tensors of " + rank + " and " + otherRank + " axes are too many");
        }
        char[] labels = new char[otherRank];
        StringBuilder result = new StringBuilder();
        String selfLabels = letters(0, rank);
        for (int axis = 0; axis < rank; axis++) {
            if (!contains(left, axis)) {
                result.append(selfLabels.charAt(axis));
            }
        }
        for (int axis = 0; axis < otherRank; axis++) {
            labels[axis] = (char) ('a' + rank + axis);
            for (int pair = 0; pair < right.length; pair++) {
                if (right[pair] == axis) {
                    labels[axis] = selfLabels.charAt((int) left[pair]);
                }
            }
            if (!contains(right, axis)) {
                result.append(labels[axis]);
            }
        }
        String equation = selfLabels + "," + new String(labels) + "->" + result;
        return graph.node("Einsum", OnnxAttributes.text("equation", equation), self, other);
    }

    private static String letters(int from, int count) {
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < count; i++) {
            letters.append((char) ('a' + from + i));
        }
        return letters.toString();
    }

    private static boolean contains(long[] axes, long axis) {
        return java.util.Arrays.stream(axes).anyMatch(each -> each == axis);
    }

    private static Value chain(AtenCall call, String name) {
        List<Value> matrices = new ArrayList<>(call.tensors(name));
        Value product = matrices.removeFirst();
        for (Value matrix : matrices) {
            product = product(call.graph(), product, matrix);
        }
        return product;
    }

    private static Value inverse(AtenCall call, String name) {
        return call.graph()
                .nodes(
                        CommonNodes.MICROSOFT,
                        "Inverse",
                        1,
                        dev.nereid.models.graph.Attributes.NONE,
                        List.of(Optional.of(call.tensor(name))))
                .getFirst();
    }
}
