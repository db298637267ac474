package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.SharedRange;
import dev.nereid.server.protocol.SharedRanges;
import java.util.Optional;

/** Reads which part of a shared memory region the parameters of a tensor name. */
final class JsonSharedRange {
    private JsonSharedRange() {}

    /** The range, which the caller closes; empty if the parameters name no region. */
    static Optional<SharedRange> find(JsonValue parameters, SharedRanges ranges) {
        Optional<JsonValue> region = parameters.find("shared_memory_region");
        Optional<String> name = region.map(value -> JsonErrors.parsing("shared_memory_region", value::asString));
        // Looked at without a region too, as in Triton.
        long offset = number(parameters, "shared_memory_offset");
        long byteSize = number(parameters, "shared_memory_byte_size");
        return name.map(each -> ranges.find(each, offset, byteSize));
    }

    private static long number(JsonValue parameters, String name) {
        return parameters
                .find(name)
                .map(value -> JsonErrors.parsing(name, value::asUnsigned))
                .orElse(0L);
    }
}
