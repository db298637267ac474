package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.ClientNames;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.DuplicateNameCheck;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.Parameter;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the {@code parameters} of a request: those with a meaning of their own, and the model's. */
final class JsonParameters {
    private CorrelationId correlationId = CorrelationId.NONE;
    private boolean sequenceStart;
    private boolean sequenceEnd;
    private long priority;
    private long timeoutMicros;
    private boolean binaryByDefault;
    private final Map<String, Parameter> custom = new LinkedHashMap<>();
    private final DuplicateNameCheck seen = new DuplicateNameCheck();

    private JsonParameters() {}

    /** Those of a request without parameters. */
    static JsonParameters none() {
        return new JsonParameters();
    }

    static JsonParameters read(JsonValue parameters) {
        JsonErrors.within("failed to get request params.: ", () -> {
            if (!parameters.isObject()) {
                throw InferException.malformed("attempt to get members for non-object");
            }
            return true;
        });
        ClientNames.checkParameters(parameters.memberCount(), "the request");
        JsonParameters read = new JsonParameters();
        parameters.forEachMember(read::add);
        return read;
    }

    InferRequest.Header header(String modelName, String modelVersion, String id) {
        return new InferRequest.Header(
                modelName,
                modelVersion,
                id,
                correlationId,
                sequenceStart,
                sequenceEnd,
                priority,
                timeoutMicros,
                custom);
    }

    boolean binaryByDefault() {
        return binaryByDefault;
    }

    private void add(String key, JsonValue value) {
        if (!seen.add(key)) {
            return; // of members of one name the first counts
        }
        switch (key) {
            case "sequence_id" -> correlationId = correlationId(value);
            case "sequence_start" -> sequenceStart = JsonErrors.parsing(key, value::asBool);
            case "sequence_end" -> sequenceEnd = JsonErrors.parsing(key, value::asBool);
            case "priority" -> priority = JsonErrors.parsing(key, value::asUnsigned);
            case "timeout" -> timeoutMicros = JsonErrors.parsing(key, value::asUnsigned);
            case "binary_data_output" -> binaryByDefault = JsonErrors.parsing(key, value::asBool);
            default -> custom.put(key, custom(key, value));
        }
    }

    private static CorrelationId correlationId(JsonValue value) {
        return value.isUnsigned()
                ? new CorrelationId.Numeric(value.asUnsigned())
                : new CorrelationId.Textual(JsonErrors.parsing("sequence_id", value::asString));
    }

    /** A parameter without a meaning of its own. */
    private static Parameter custom(String key, JsonValue value) {
        if (key.startsWith("triton_")) {
            throw InferException.invalid("parameter keys starting with 'triton_' are reserved for Triton usage and "
                    + "should not be specified.");
        }
        return parameter(key, value);
    }

    /** A parameter of whatever name. */
    static Parameter parameter(String key, JsonValue value) {
        if (value.isString()) {
            return new Parameter.Text(value.asString());
        }
        if (value.isLong()) {
            return new Parameter.Int(value.asLong());
        }
        if (value.isBool()) {
            return new Parameter.Bool(value.asBool());
        }
        if (value.isNumber()) {
            return new Parameter.Real(value.asDouble());
        }
        throw InferException.invalid(
                "parameter '" + key + "' has invalid type. It should be either 'int', 'bool', or 'string'.");
    }
}
