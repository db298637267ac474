package dev.nereid.bench.models;

import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.List;
import java.util.stream.Stream;

/** Arithmetic of integers, which token ids, positions and shapes go through. */
final class IntegerModels {
    private static final int OPERATOR_SET = 20;
    private static final long[] DIMS = {64, 512};

    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "integers",
            1.0,
            Stream.of(DataType.INT32, DataType.INT64)
                    .flatMap(type -> Stream.concat(
                            Stream.of("Add", "Sub", "Mul", "Min", "Max").map(operator -> binary(operator, type)),
                            Stream.concat(
                                    Stream.of("Div", "Mod").map(operator -> by(7, operator, type)),
                                    Stream.of("Abs", "Neg", "Sign").map(operator -> unary(operator, type)))))
                    .toArray(OperatorModel[]::new)));

    private IntegerModels() {}

    private static OperatorModel binary(String operator, DataType type) {
        return new OperatorModel(operator + "-" + type, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(type, graph.node(operator, graph.input(type, "x", DIMS), graph.input(type, "y", DIMS)));
        });
    }

    /** By a constant, as places are taken apart into rows and columns. */
    private static OperatorModel by(int divisor, String operator, DataType type) {
        return new OperatorModel(operator + "-" + type + "-by-" + divisor, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            String right = type == DataType.INT64
                    ? graph.scalarInteger("divisor", divisor)
                    : graph.scalarShortInteger("divisor", divisor);
            return graph.model(type, graph.node(operator, graph.input(type, "x", DIMS), right));
        });
    }

    private static OperatorModel unary(String operator, DataType type) {
        return new OperatorModel(operator + "-" + type, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(type, graph.node(operator, graph.input(type, "x", DIMS)));
        });
    }
}
