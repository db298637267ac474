package dev.nereid.server.grpc;

import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.InferParameter.ParameterChoiceCase;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.SharedRange;
import dev.nereid.server.protocol.SharedRanges;
import java.util.Map;
import java.util.Optional;

/** Reads which part of a shared memory region the parameters of a tensor name. */
final class SharedParameters {
    private static final String REGION = "shared_memory_region";
    private static final String OFFSET = "shared_memory_offset";
    private static final String BYTE_SIZE = "shared_memory_byte_size";

    private SharedParameters() {}

    /** The range, which the caller closes; empty if the parameters name no region. */
    static Optional<SharedRange> range(String tensor, Map<String, InferParameter> parameters, SharedRanges ranges) {
        InferParameter region = parameters.get(REGION);
        if (region == null) {
            for (String name : new String[] {OFFSET, BYTE_SIZE}) {
                if (parameters.containsKey(name)) {
                    throw InferException.invalid("'" + name + "' can not be specified without '" + REGION
                            + "' parameter for tensor '" + tensor + "'");
                }
            }
            return Optional.empty();
        }
        if (region.getParameterChoiceCase() != ParameterChoiceCase.STRING_PARAM) {
            throw wrongKind(REGION, tensor, "string_param");
        }
        long offset = number(OFFSET, tensor, parameters);
        long byteSize = number(BYTE_SIZE, tensor, parameters);
        if (!parameters.containsKey(BYTE_SIZE)) {
            throw InferException.invalid("'" + BYTE_SIZE + "' must be specified along with '" + REGION
                    + "' parameter for tensor '" + tensor + "'");
        }
        return Optional.of(ranges.find(region.getStringParam(), offset, byteSize));
    }

    /** Whether the parameters name a region. */
    static boolean areGiven(Map<String, InferParameter> parameters) {
        return parameters.containsKey(REGION);
    }

    /** A number that counts bytes; one below zero is one beyond every region. */
    private static long number(String name, String tensor, Map<String, InferParameter> parameters) {
        InferParameter value = parameters.get(name);
        if (value == null) {
            return 0;
        }
        if (value.getParameterChoiceCase() != ParameterChoiceCase.INT64_PARAM) {
            throw wrongKind(name, tensor, "int64_param");
        }
        return value.getInt64Param();
    }

    private static InferException wrongKind(String name, String tensor, String expected) {
        return InferException.invalid("invalid value type for '" + name + "' parameter for tensor '" + tensor
                + "', expected " + expected + ".");
    }
}
