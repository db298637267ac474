package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * An operator of ONNX and a function of its result, such as com.microsoft.FusedGemm: {@code y = f(operator(inputs))}.
 *
 * @param inner the operator, which reads the node's inputs and attributes as those of its own
 * @param opset the version of ONNX whose rules it follows
 * @param activation the function of the node's attributes
 */
record FusedOperator(Operator inner, int opset, Function<Attributes, Optional<Activations.Activation>> activation)
        implements Operator {

    /** The node's attributes without those of the function. */
    static Attributes plain(Attributes attributes) {
        Map<String, Attribute> map = new HashMap<>(attributes.map());
        map.keySet().removeIf(name -> name.startsWith("activation"));
        return new Attributes(map);
    }

    @Override
    public List<? extends ValueType> outputTypes(Inference inference) {
        var _ = activation.apply(inference.attributes());
        return inner.outputTypes(NodeAdapter.of(inference, plain(inference.attributes()), opset));
    }

    @Override
    public void lower(Lowering lowering) {
        Attributes plain = plain(lowering.attributes());
        Optional<Activations.Activation> function = activation.apply(lowering.attributes());
        if (function.isEmpty()) {
            inner.lower(NodeAdapter.of(lowering, plain, opset, kernel -> kernel));
            return;
        }
        DataType type = lowering.outputType(0).dataType();
        UnaryKernel f = lowering.kernels().elementwise().unary(function.get().op(), type);
        inner.lower(NodeAdapter.of(lowering, plain, opset, kernel -> run -> {
            kernel.run(run);
            Activations.apply(f, function.get().alpha(), function.get().beta(), run.output(0), run.workers());
        }));
    }
}
