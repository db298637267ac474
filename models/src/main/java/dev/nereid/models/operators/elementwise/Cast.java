package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.SmallFloat;
import java.util.List;
import java.util.Map;

/**
 * ONNX Cast and CastLike: the same numbers as elements of another type.
 *
 * @param like whether a second input gives the type; else the attribute {@code to} does
 */
public record Cast(boolean like) implements Operator {
    private static final Map<String, SmallFloat.Powers> POWERS =
            Map.of("up", SmallFloat.Powers.UP, "down", SmallFloat.Powers.DOWN, "nearest", SmallFloat.Powers.NEAREST);

    /** Until then the attribute {@code to} was the name of a type. */
    private static final int NUMBERED_OPSET = 6;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType from = inference.type(0).dataType();
        DatatypeChecks.require(from.kind() != DataType.Kind.COMPLEX, inference, from);
        DataType to = target(inference);
        DatatypeChecks.require(to.kind() != DataType.Kind.COMPLEX, inference, to);
        return List.of(inference.type(0).withDataType(to));
    }

    @Override
    public void lower(Lowering lowering) {
        DataType from = lowering.type(0).dataType();
        DataType to = target(lowering);
        if (from == to) {
            lowering.alias(0, 0);
        } else if (from == DataType.STRING) {
            StringParser parser = StringParser.of(lowering.kernels().elementwise(), to, rule(lowering.attributes()));
            lowering.step(run -> parser.run(run.input(0), run.output(0), run.scratch(8)));
        } else if (to == DataType.STRING) {
            StringFormatter formatter = StringFormatter.of(lowering.kernels().elementwise(), from);
            lowering.step(run -> formatter.run(run.input(0), run.output(0), run.scratch(8)));
        } else {
            UnaryKernel kernel = lowering.kernels().elementwise().cast(from, to, rule(lowering.attributes()));
            lowering.step(run -> Casts.run(kernel, run.input(0), run.output(0), run.workers()));
        }
    }

    public DataType target(Inference inference) {
        if (like) {
            return inference.type(1).dataType();
        }
        Attributes attributes = inference.attributes();
        if (!attributes.has("to")) {
            throw new ModelFormatException("Cast lacks the attribute 'to'");
        }
        return inference.opset() < NUMBERED_OPSET
                ? OnnxTypes.dataType(attributes.text("to", ""))
                : OnnxTypes.dataType(attributes.integer("to", 0));
    }

    private static CastRule rule(Attributes attributes) {
        String mode = attributes.text("round_mode", "up");
        SmallFloat.Powers powers = POWERS.get(mode);
        if (powers == null) {
            throw new ModelFormatException("round_mode: expected one of " + POWERS.keySet() + ", got '" + mode + "'");
        }
        return new CastRule(attributes.integer("saturate", 1) != 0, powers);
    }
}
