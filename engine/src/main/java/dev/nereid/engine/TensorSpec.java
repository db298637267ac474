package dev.nereid.engine;

import dev.nereid.models.LoadedModel;
import dev.nereid.models.graph.TensorType;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * An input or output of a model.
 *
 * @param dims outermost first, {@link #ANY} where a run decides; empty where the file does not even say how many there are
 */
public record TensorSpec(String name, DataType dataType, Optional<List<Long>> dims) {
    /** A dim that may have any size. */
    public static final long ANY = -1;

    public TensorSpec {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(dataType, "dataType");
        dims = dims.map(List::copyOf);
    }

    static TensorSpec of(LoadedModel.Port port) {
        TensorType type = port.type();
        return new TensorSpec(
                port.name(),
                type.dataType(),
                type.dims()
                        .map(dims -> dims.stream()
                                .map(dim -> dim.isKnown() ? dim.value() : ANY)
                                .toList()));
    }

    /** Without the outermost dims. */
    TensorSpec inner(int count) {
        return new TensorSpec(name, dataType, dims.map(all -> all.subList(Math.min(count, all.size()), all.size())));
    }

    /** As an error message shows it: {@code 'x' INT64[-1,16]}. */
    @Override
    public String toString() {
        return "'" + name + "' " + dataType.protocolName()
                + dims.map(all -> all.toString().replace(" ", "")).orElse("[?]");
    }
}
