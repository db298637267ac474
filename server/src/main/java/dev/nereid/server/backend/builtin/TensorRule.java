package dev.nereid.server.backend.builtin;

import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.DimText;
import dev.nereid.server.protocol.InferException;
import java.util.List;

/**
 * What a backend for tests asks of one tensor of a config, with Triton's texts.
 *
 * @param place {@code first}, {@code second} and so on
 * @param oneElement whether the dims must be [1]
 */
record TensorRule(String place, String name, DataType dataType, boolean oneElement) {
    private static final String TYPE_PREFIX = "TYPE_";

    /** Checks the inputs and outputs of a config, which must be exactly those and in that order. */
    static void check(ModelConfig config, List<TensorRule> inputs, List<TensorRule> outputs) {
        count("input", inputs.size(), config.getInputCount());
        count("output", outputs.size(), config.getOutputCount());
        for (int i = 0; i < inputs.size(); i++) {
            inputs.get(i)
                    .check(
                            "input",
                            config.getInput(i).getName(),
                            config.getInput(i).getDataType(),
                            config.getInput(i).getDimsList());
        }
        for (int i = 0; i < outputs.size(); i++) {
            outputs.get(i)
                    .check(
                            "output",
                            config.getOutput(i).getName(),
                            config.getOutput(i).getDataType(),
                            config.getOutput(i).getDimsList());
        }
    }

    private static void count(String kind, int expected, int found) {
        if (expected != found) {
            throw InferException.invalid(
                    "expected " + expected + " " + kind + (expected == 1 ? "" : "s") + ", got " + found);
        }
    }

    private void check(String kind, String foundName, DataType foundType, List<Long> dims) {
        if (!name.equals(foundName)) {
            throw InferException.invalid(
                    "expected " + place + " " + kind + " tensor name to be " + name + ", got " + foundName);
        }
        if (oneElement && !dims.equals(List.of(1L))) {
            throw InferException.invalid("expected " + name + " shape to be [1], got " + DimText.of(dims));
        }
        if (dims.size() != 1) {
            throw InferException.invalid("expected " + name + " shape to have one dimension, got " + DimText.of(dims));
        }
        if (dataType != foundType) {
            throw InferException.invalid("expected " + name + " datatype to be "
                    + dataType.name().substring(TYPE_PREFIX.length()) + ", got " + foundType.name());
        }
    }
}
