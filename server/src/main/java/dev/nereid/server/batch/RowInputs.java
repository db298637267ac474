package dev.nereid.server.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nereid.engine.EngineException;
import dev.nereid.engine.RowModel;
import dev.nereid.engine.RowTensor;
import dev.nereid.engine.TensorSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Which columns the model's inputs are read from, and which are copied to the output. */
final class RowInputs {
    /** The columns of an input; several are the elements of one vector. */
    private record Source(TensorSpec input, List<String> columns) {
        /** What one of several columns holds. */
        TensorSpec element() {
            return new TensorSpec(input.name(), input.dataType(), Optional.of(List.of()));
        }
    }

    private final List<Source> sources = new ArrayList<>();
    private final Set<String> read = new HashSet<>();
    private final Set<String> outputs = new HashSet<>();
    private final BatchOptions.Keep keep;
    private final RowFormat format;

    /**
     * @param header the file's columns; none where each row has its own
     * @throws BatchException if an input of the options is not the model's, a column is not in the header, or a column that is
     *     copied has the name of an output
     */
    RowInputs(RowModel model, BatchOptions options, RowFormat format, List<String> header) {
        this.keep = options.keep();
        this.format = format;
        List<TensorSpec> inputs = model.inputs();
        model.outputs().forEach(output -> outputs.add(output.name()));
        Map<String, List<String>> mapping = options.columns();
        Set<String> names = inputs.stream().map(TensorSpec::name).collect(Collectors.toSet());
        for (String name : mapping.keySet()) {
            if (!names.contains(name)) {
                throw new BatchException("--column: the model has no input '" + name + "': its inputs are " + inputs);
            }
        }
        for (TensorSpec input : inputs) {
            List<String> columns = mapping.getOrDefault(input.name(), List.of(input.name()));
            sources.add(new Source(input, columns));
            read.addAll(columns);
            require(columns, header, "input " + input + ": name its column with --column " + input.name() + "=COLUMN");
        }
        if (keep instanceof BatchOptions.Keep.Named(List<String> kept)) {
            require(kept, header, "--keep");
            requireOnce(kept);
        } else {
            requireOnce(kept(header));
        }
    }

    /** In the output every column is there once. */
    private void requireOnce(List<String> kept) {
        Set<String> seen = new HashSet<>();
        for (String column : kept) {
            if (outputs.contains(column)) {
                throw new BatchException(
                        "column '" + column + "' would be copied to the output, where an output of the model"
                                + " has this name: name the columns to copy with --keep, or rename it");
            }
            if (!seen.add(column)) {
                throw new BatchException("--keep: the column '" + column + "' is there twice");
            }
        }
    }

    private static void require(List<String> columns, List<String> header, String why) {
        for (String column : columns) {
            if (!header.isEmpty() && !header.contains(column)) {
                throw new BatchException("the file has no column '" + column + "' (" + why + "); it has " + header);
            }
        }
    }

    /** Columns of a header that are copied, in order. */
    List<String> kept(List<String> header) {
        return switch (keep) {
            case BatchOptions.Keep.Named(List<String> names) -> names;
            case BatchOptions.Keep.Others _ ->
                header.stream().filter(column -> !read.contains(column)).toList();
        };
    }

    /** What of a row is copied. */
    ObjectNode kept(ObjectNode row) {
        ObjectNode kept = JsonNodeFactory.instance.objectNode();
        switch (keep) {
            case BatchOptions.Keep.Named(List<String> names) ->
                names.forEach(name -> kept.set(name, column(row, name)));
            case BatchOptions.Keep.Others _ -> {
                row.properties().stream()
                        .filter(column -> !read.contains(column.getKey()))
                        .forEach(column -> kept.set(column.getKey(), column.getValue()));
                requireOnce(kept.properties().stream().map(Map.Entry::getKey).toList());
            }
        }
        return kept;
    }

    /** What a row has for each input. */
    List<RowTensor> tensors(ObjectNode row) {
        List<RowTensor> tensors = new ArrayList<>(sources.size());
        for (Source source : sources) {
            JsonNode value = value(row, source);
            try {
                tensors.add(RowJson.read(source.input().dataType(), value));
            } catch (BatchException | EngineException e) {
                throw new BatchException(
                        "column " + source.columns() + " for input " + source.input() + ": " + e.getMessage(), e);
            }
        }
        return tensors;
    }

    private JsonNode value(ObjectNode row, Source source) {
        if (source.columns().size() == 1) {
            return format.value(column(row, source.columns().getFirst()), source.input());
        }
        ArrayNode vector = JsonNodeFactory.instance.arrayNode();
        for (String column : source.columns()) {
            vector.add(format.value(column(row, column), source.element()));
        }
        return vector;
    }

    private static JsonNode column(ObjectNode row, String name) {
        JsonNode value = row.get(name);
        if (value == null) {
            List<String> names =
                    row.properties().stream().map(Map.Entry::getKey).toList();
            throw new BatchException("there is no column '" + name + "' among " + names);
        }
        return value;
    }
}
