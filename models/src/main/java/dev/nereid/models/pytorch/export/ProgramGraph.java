package dev.nereid.models.pytorch.export;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import dev.nereid.models.pytorch.aten.TensorReference;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Makes an exported program a graph: its inputs, tensors and outputs. {@link ProgramScope} writes the nodes. */
final class ProgramGraph {
    private final ExportedProgram program;
    private final ExportArchive archive;
    private final AtenGraph builder;
    private final ProgramScope scope;
    /** Buffers and constants as they were in the file, by key. */
    private final Map<String, TensorReference> buffers = new LinkedHashMap<>();

    private final Map<TensorReference, Value> fromFile = new LinkedHashMap<>();

    ProgramGraph(ExportedProgram program, ExportArchive archive, AtenGraph builder) {
        this.program = program;
        this.archive = archive;
        this.builder = builder;
        this.scope = new ProgramScope(builder, program.graph());
    }

    /** The graph, with other names for its inputs and outputs. */
    Graph write(String name, UnaryOperator<List<String>> inputNames, UnaryOperator<List<String>> outputNames) {
        List<String> arguments = program.inputs().stream()
                .flatMap(input -> userName(input).stream())
                .toList();
        Iterator<String> names = inputNames.apply(arguments).iterator();
        for (int i = 0; i < program.inputs().size(); i++) {
            switch (program.inputs().get(i)) {
                case ExportedProgram.Input.OfUser user ->
                    userName(user).ifPresent(argument -> addInput(argument, names.next()));
                case ExportedProgram.Input.OfFile file -> addTensor(file);
                case ExportedProgram.Input.Fixed() -> {}
                case ExportedProgram.Input.Other(String kind) ->
                    throw new ModelFormatException(
                            "input " + i + " is of the kind '" + kind + "', which cannot be served");
            }
        }
        scope.run();
        requireNoState();
        return builder.graph(name, outputs(outputNames));
    }

    /** The name of an input that a run brings; a value that was fixed when the program was exported is none. */
    private static Optional<String> userName(ExportedProgram.Input input) {
        return input instanceof ExportedProgram.Input.OfUser(ExportedArgument.Named(String name))
                ? Optional.of(name)
                : Optional.empty();
    }

    private void addInput(String argument, String name) {
        TensorType type = program.graph().tensors().get(argument);
        if (type == null) {
            // A number: its tensor has one element.
            Value number = builder.input(name, TensorType.of(DataType.INT64, List.of(Dim.of(1))));
            scope.define(argument, new Argument.OfSymbolicInteger(number));
        } else {
            scope.define(argument, Argument.OfTensor.of(builder.input(name, InputDims.of(type))));
        }
    }

    private void addTensor(ExportedProgram.Input.OfFile file) {
        TensorReference reference = buffers.computeIfAbsent(file.kind() + " " + file.key(), _ -> reference(file));
        scope.define(file.argument(), new Argument.OfTensor(reference));
    }

    private TensorReference reference(ExportedProgram.Input.OfFile file) {
        Tensor tensor = archive.tensor(file.key())
                .orElseThrow(() -> new ModelFormatException(
                        "the file has no tensor for the " + file.kind() + " '" + file.key() + "'"));
        TensorType declared = program.graph().tensors().get(file.argument());
        TensorType type = TensorType.of(tensor.dataType(), tensor.shape());
        if (declared != null && !declared.equals(type)) {
            throw new ModelFormatException(
                    "the " + file.kind() + " '" + file.key() + "' is declared as " + declared + " and is " + type);
        }
        Value value = builder.constant(file.key(), tensor);
        TensorReference reference = TensorReference.of(value);
        fromFile.put(reference, value);
        return reference;
    }

    /** A program that writes its buffers gives other answers the next time, which nothing here would remember. */
    private void requireNoState() {
        buffers.forEach((key, reference) -> {
            if (!reference.value().equals(fromFile.get(reference))) {
                throw stateful(key);
            }
        });
        for (ExportedProgram.Output output : program.outputs()) {
            if (output.kind().equals("buffer_mutation")) {
                throw stateful("buffer " + output.target().orElse("?"));
            }
        }
    }

    private static ModelFormatException stateful(String key) {
        int space = key.indexOf(' ');
        return new ModelFormatException("the model writes its " + key.substring(0, space) + " '"
                + key.substring(space + 1)
                + "', and later requests would see that: export it in eval mode, or with the state"
                + " as an input and an output");
    }

    private List<Value> outputs(UnaryOperator<List<String>> rename) {
        List<String> names = new ArrayList<>();
        List<Value> values = new ArrayList<>();
        int user = 0;
        for (ExportedProgram.Output output : program.outputs()) {
            if (output.isUsers()) {
                String number = "output_" + user;
                String name = program.outputNames().isEmpty()
                        ? name(output.argument(), number)
                        : program.outputNames().get(user);
                user++;
                value(output.argument()).ifPresent(value -> {
                    names.add(unique(name, names));
                    values.add(value);
                });
            }
        }
        if (values.isEmpty()) {
            throw new ModelFormatException("the program gives back no tensor");
        }
        List<String> renamed = rename.apply(names);
        List<Value> outputs = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            outputs.add(builder.output(renamed.get(i), values.get(i)));
        }
        return outputs;
    }

    /** An output's value; None is no output. */
    private Optional<Value> value(ExportedArgument argument) {
        Argument value = scope.argument(argument);
        return value instanceof Argument.OfNone ? Optional.empty() : Optional.of(GraphArguments.value(builder, value));
    }

    private static String name(ExportedArgument argument, String otherwise) {
        return argument instanceof ExportedArgument.Named(String name) ? name : otherwise;
    }

    private static String unique(String name, List<String> names) {
        String unique = name;
        for (int i = 1; names.contains(unique); i++) {
            unique = name + "_" + i;
        }
        return unique;
    }
}
