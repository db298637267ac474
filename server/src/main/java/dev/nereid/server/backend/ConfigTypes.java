package dev.nereid.server.backend;

import dev.nereid.tensor.DataType;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Translates between the datatypes of model configs and of tensors. */
public final class ConfigTypes {
    private static final Map<dev.nereid.proto.inference.DataType, DataType> OF_CONFIG =
            new EnumMap<>(dev.nereid.proto.inference.DataType.class);
    private static final Map<DataType, dev.nereid.proto.inference.DataType> OF_TENSOR = new EnumMap<>(DataType.class);

    static {
        for (dev.nereid.proto.inference.DataType config : dev.nereid.proto.inference.DataType.values()) {
            for (DataType tensor : DataType.values()) {
                if (config.name().equals("TYPE_" + tensor.name())) {
                    OF_CONFIG.put(config, tensor);
                    OF_TENSOR.put(tensor, config);
                }
            }
        }
    }

    private ConfigTypes() {}

    /** The datatype that a config means; empty for {@code TYPE_INVALID} and numbers without a name. */
    public static Optional<DataType> tensorType(dev.nereid.proto.inference.DataType type) {
        return Optional.ofNullable(OF_CONFIG.get(type));
    }

    /** The config's name of a datatype; empty for types that no request can carry. */
    public static Optional<dev.nereid.proto.inference.DataType> configType(DataType type) {
        return Optional.ofNullable(OF_TENSOR.get(type));
    }
}
