package dev.nereid.server.commands;

import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.TextFormat;
import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Prints a config.pbtxt to begin with: the fields that a server completes by itself, and those that are changed most often.
 */
final class ConfigTemplate {
    private ConfigTemplate() {}

    /**
     * The lines of the file.
     *
     * @param config complete
     * @param dims names of the dims of inputs and outputs, the batch's among them; tensors may be missing
     */
    static List<String> lines(ModelConfig config, Map<String, List<String>> dims) {
        List<String> lines = new ArrayList<>();
        lines.add("name: " + quoted(config.getName()));
        if (config.getBackend().isEmpty()) {
            lines.add("platform: " + quoted(config.getPlatform()));
        } else {
            lines.add("backend: " + quoted(config.getBackend()));
        }
        lines.add("max_batch_size: " + config.getMaxBatchSize());
        boolean batching = config.getMaxBatchSize() > 0;
        for (ModelInput input : config.getInputList()) {
            addTensor(lines, "input", input.getName(), input.getDataType(), input.getDimsList(), dims, batching);
        }
        for (ModelOutput output : config.getOutputList()) {
            addTensor(lines, "output", output.getName(), output.getDataType(), output.getDimsList(), dims, batching);
        }
        if (config.hasDynamicBatching()) {
            lines.add("dynamic_batching { max_queue_delay_microseconds: "
                    + config.getDynamicBatching().getMaxQueueDelayMicroseconds() + " }");
        }
        if (config.hasSequenceBatching()) {
            addBlock(lines, "sequence_batching", config.getSequenceBatching());
        }
        if (config.hasEnsembleScheduling()) {
            addBlock(lines, "ensemble_scheduling", config.getEnsembleScheduling());
        }
        int instances = config.getInstanceGroupCount() == 0
                ? 1
                : Math.max(1, config.getInstanceGroup(0).getCount());
        if (!config.hasEnsembleScheduling()) {
            lines.add("instance_group [ { kind: KIND_CPU count: " + instances + " } ]");
        }
        return lines;
    }

    private static void addBlock(List<String> lines, String name, MessageOrBuilder block) {
        lines.add(name + " {");
        TextFormat.printer().printToString(block).lines().forEach(line -> lines.add("  " + line));
        lines.add("}");
    }

    private static void addTensor(
            List<String> lines,
            String kind,
            String name,
            DataType type,
            List<Long> dims,
            Map<String, List<String>> names,
            boolean batching) {
        List<String> all = names.getOrDefault(name, List.of());
        List<String> shown = batching && !all.isEmpty() ? all.subList(1, all.size()) : all;
        boolean open = dims.contains(-1L) && shown.size() == dims.size();
        lines.add(kind + " [ { name: " + quoted(name) + " data_type: " + type + " dims: "
                + dims.stream().map(String::valueOf).collect(Collectors.joining(", ", "[ ", " ]")) + " } ]"
                + (open ? "  # " + String.join(", ", shown) : ""));
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
