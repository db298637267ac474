package dev.nereid.server.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the {@code outputs} of a request. */
final class JsonRequestedOutputs {
    private JsonRequestedOutputs() {}

    static List<RequestedOutput> read(JsonValue root) {
        Optional<JsonValue> outputs = root.find("outputs");
        if (outputs.isEmpty()) {
            return List.of();
        }
        List<RequestedOutput> requested = new ArrayList<>();
        JsonValue.Elements elements =
                JsonErrors.parsing("outputs", () -> outputs.get().elements());
        while (elements.next()) {
            requested.add(output(elements.value()));
        }
        return requested;
    }

    private static RequestedOutput output(JsonValue output) {
        String name = JsonErrors.parsing("name", () -> output.member("name").asString());
        Optional<JsonValue> parameters = output.find("parameters");
        Optional<JsonValue> classes = parameters.flatMap(value -> value.find("classification"));
        Optional<JsonValue> binary = parameters.flatMap(value -> value.find("binary_data"));
        Optional<JsonValue> region = parameters.flatMap(value -> value.find("shared_memory_region"));
        long classification = classes.isEmpty()
                ? 0
                : JsonErrors.within("Unable to set 'classification': ", classes.get()::asUnsigned);
        if (region.isPresent()) {
            refuseRegion(region.get(), classification != 0, binary.isPresent());
        }
        boolean inBinary = binary.isPresent() && JsonErrors.parsing("binary_data", binary.get()::asBool);
        int classCount =
                Long.compareUnsigned(classification, Integer.MAX_VALUE) > 0 ? Integer.MAX_VALUE : (int) classification;
        return new RequestedOutput(name, classCount, inBinary);
    }

    /** No region is ever registered, so every use of one is an error; which one depends on what else is asked. */
    private static void refuseRegion(JsonValue region, boolean classified, boolean binary) {
        if (classified) {
            throw InferException.invalid("Output can't set both 'shared_memory_region' and 'classification'");
        }
        if (binary) {
            throw InferException.invalid("Output can't set both 'shared_memory_region' and 'binary_data'");
        }
        String name = JsonErrors.parsing("shared_memory_region", region::asString);
        throw InferException.notFound("Unable to find shared memory region: '" + name + "'");
    }
}
