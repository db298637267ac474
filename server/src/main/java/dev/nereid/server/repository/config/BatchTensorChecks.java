package dev.nereid.server.repository.config;

import dev.nereid.proto.inference.BatchInput;
import dev.nereid.proto.inference.BatchOutput;
import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Refuses {@code batch_input} and {@code batch_output} that mean nothing; the texts are Triton's. */
final class BatchTensorChecks {
    private final ModelConfig config;

    private BatchTensorChecks(ModelConfig config) {
        this.config = config;
    }

    /**
     * Checks a config whose inputs and outputs are complete.
     *
     * @throws ModelLoadException with the first thing that is wrong
     */
    static void check(ModelConfig config) {
        new BatchTensorChecks(config).check();
    }

    private void check() {
        Set<String> inputs =
                config.getInputList().stream().map(ModelInput::getName).collect(Collectors.toSet());
        Set<String> outputs =
                config.getOutputList().stream().map(ModelOutput::getName).collect(Collectors.toSet());
        for (BatchInput input : config.getBatchInputList()) {
            require(
                    input.getKind() != BatchInput.Kind.UNRECOGNIZED,
                    "unknown batch input kind '" + input.getKindValue() + "'");
            require(
                    input.getSourceInputCount() == 1,
                    "batch input kind '" + input.getKind() + "' expects 1 source input, got "
                            + input.getSourceInputCount());
            require(
                    input.getDataType() == DataType.TYPE_INT32 || input.getDataType() == DataType.TYPE_FP32,
                    "batch input data type must be TYPE_INT32 or TYPE_FP32");
            sources(input.getSourceInputList(), inputs);
        }
        Set<String> targets = new HashSet<>();
        for (BatchOutput output : config.getBatchOutputList()) {
            require(
                    output.getKind() != BatchOutput.Kind.UNRECOGNIZED,
                    "unknown batch output kind '" + output.getKindValue() + "'");
            require(
                    output.getSourceInputCount() == 1,
                    "batch output kind '" + output.getKind() + "' expects 1 source input, got "
                            + output.getSourceInputCount());
            sources(output.getSourceInputList(), inputs);
            for (String target : output.getTargetNameList()) {
                require(outputs.contains(target), "unknown target output name '" + target + "'");
                require(targets.add(target), "target output name '" + target + "' can only be specified once");
            }
        }
    }

    private void sources(List<String> sources, Set<String> inputs) {
        for (String source : sources) {
            require(inputs.contains(source), "unknown source input name '" + source + "'");
        }
    }

    private void require(boolean condition, String text) {
        if (!condition) {
            throw ModelLoadException.invalid(text + " for " + config.getName());
        }
    }
}
