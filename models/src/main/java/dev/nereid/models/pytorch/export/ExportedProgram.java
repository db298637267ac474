package dev.nereid.models.pytorch.export;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An exported program as its JSON has it.
 *
 * @param inputs what each input of the graph is, in their order
 * @param outputs what each output of the graph is, in their order
 * @param ranges of symbols
 * @param outputNames keys of the dict that the program gives back, one for each of the user's outputs; empty where it gives
 *     back something else
 * @param opsets versions of the operators' namespaces
 */
record ExportedProgram(
        ExportedGraph graph,
        List<Input> inputs,
        List<Output> outputs,
        Map<String, Range> ranges,
        List<String> outputNames,
        Map<String, Integer> opsets) {
    ExportedProgram {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        ranges = Map.copyOf(ranges);
        outputNames = List.copyOf(outputNames);
        opsets = Map.copyOf(opsets);
    }

    /** What an input of the graph is. */
    sealed interface Input {
        /** What a run brings. */
        record OfUser(ExportedArgument argument) implements Input {}

        /**
         * A tensor of the file.
         *
         * @param argument its name in the graph
         * @param key its name in the file's weights or constants
         * @param kind in words, for messages
         */
        record OfFile(String argument, String key, String kind) implements Input {}

        /** A value that was fixed when the program was exported. */
        record Fixed() implements Input {}

        /** What cannot be used here, in words. */
        record Other(String kind) implements Input {}
    }

    /**
     * What an output of the graph is.
     *
     * @param kind as the file has it
     * @param target the name of what is written, for what is no output of the user's
     */
    record Output(String kind, ExportedArgument argument, Optional<String> target) {
        boolean isUsers() {
            return kind.equals("user_output") || kind.equals("loss_output");
        }
    }

    /** Bounds of a symbol. */
    record Range(OptionalLong least, OptionalLong most) {}
}
