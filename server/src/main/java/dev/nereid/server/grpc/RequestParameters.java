package dev.nereid.server.grpc;

import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.InferParameter.ParameterChoiceCase;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.server.protocol.ClientNames;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.Parameter;
import java.util.HashMap;
import java.util.Map;

/** The parameters of an inference request: those with a meaning become fields of the header, others stay. */
final class RequestParameters {
    private static final String EMPTY_FINAL_RESPONSE = "triton_enable_empty_final_response";
    private static final String RESERVED_PREFIX = "triton_";

    private CorrelationId correlationId = CorrelationId.NONE;
    private boolean sequenceStart;
    private boolean sequenceEnd;
    private long priority;
    private long timeoutMicros;
    private boolean emptyFinalResponse;
    private final Map<String, Parameter> custom = new HashMap<>();

    private RequestParameters() {}

    /**
     * Reads a request's parameters.
     *
     * @throws InferException if there are too many, or one has the wrong kind or a reserved name
     */
    static RequestParameters of(ModelInferRequest request) {
        ClientNames.checkParameters(request.getParametersCount(), "the request");
        RequestParameters parameters = new RequestParameters();
        request.getParametersMap().forEach(parameters::add);
        return parameters;
    }

    InferRequest.Header header(ModelInferRequest request) {
        return new InferRequest.Header(
                request.getModelName(),
                request.getModelVersion(),
                request.getId(),
                correlationId,
                sequenceStart,
                sequenceEnd,
                priority,
                timeoutMicros,
                custom);
    }

    /** Whether a stream's client wants to hear of the end of a request without a response of its own. */
    boolean emptyFinalResponse() {
        return emptyFinalResponse;
    }

    private void add(String key, InferParameter value) {
        ParameterChoiceCase kind = value.getParameterChoiceCase();
        switch (key) {
            case "sequence_id" -> correlationId = correlationId(key, value);
            case "sequence_start" -> sequenceStart = bool(key, value);
            case "sequence_end" -> sequenceEnd = bool(key, value);
            case "priority" -> priority = priority(key, value);
            case "timeout" -> {
                require(kind == ParameterChoiceCase.INT64_PARAM, key, "int64_param");
                timeoutMicros = value.getInt64Param();
            }
            case EMPTY_FINAL_RESPONSE -> emptyFinalResponse = bool(key, value);
            default -> addCustom(key, value);
        }
    }

    private void addCustom(String key, InferParameter value) {
        if (key.startsWith(RESERVED_PREFIX)) {
            throw InferException.invalid("parameter keys starting with 'triton_' are reserved for Triton usage. Only "
                    + "the following keys starting with 'triton_' are allowed: " + EMPTY_FINAL_RESPONSE);
        }
        custom.put(
                key,
                switch (value.getParameterChoiceCase()) {
                    case BOOL_PARAM -> new Parameter.Bool(value.getBoolParam());
                    case INT64_PARAM -> new Parameter.Int(value.getInt64Param());
                    case DOUBLE_PARAM -> new Parameter.Real(value.getDoubleParam());
                    case STRING_PARAM -> new Parameter.Text(value.getStringParam());
                    case UINT64_PARAM, PARAMETERCHOICE_NOT_SET ->
                        throw wrongKind(key, "int64_param, bool_param, or string_param");
                });
    }

    private static CorrelationId correlationId(String key, InferParameter value) {
        return switch (value.getParameterChoiceCase()) {
            case INT64_PARAM -> new CorrelationId.Numeric(value.getInt64Param());
            case STRING_PARAM -> new CorrelationId.Textual(value.getStringParam());
            default -> throw wrongKind(key, "int64_param or string_param");
        };
    }

    private static long priority(String key, InferParameter value) {
        return switch (value.getParameterChoiceCase()) {
            case INT64_PARAM -> {
                if (value.getInt64Param() < 0) {
                    throw InferException.invalid("invalid value for 'priority', expected value >= 0.");
                }
                yield value.getInt64Param();
            }
            case UINT64_PARAM -> value.getUint64Param();
            default -> throw wrongKind(key, "int64_param or uint64_param");
        };
    }

    private static boolean bool(String key, InferParameter value) {
        require(value.getParameterChoiceCase() == ParameterChoiceCase.BOOL_PARAM, key, "bool_param");
        return value.getBoolParam();
    }

    private static void require(boolean right, String key, String expected) {
        if (!right) {
            throw wrongKind(key, expected);
        }
    }

    private static InferException wrongKind(String key, String expected) {
        return InferException.invalid("invalid value type for '" + key + "' parameter, expected " + expected + ".");
    }
}
