package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.ClientNames;
import dev.nereid.server.protocol.DuplicateNameCheck;
import dev.nereid.server.protocol.HeapSizes;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.protocol.SharedRanges;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the {@code outputs} of a request. */
final class JsonRequestedOutputs {
    private JsonRequestedOutputs() {}

    /**
     * Reads them.
     *
     * @param header of the request
     * @param memory takes the ranges that the outputs go to, which the caller closes
     * @param binaryByDefault whether an output that does not say how is answered in binary
     */
    static List<RequestedOutput> read(
            JsonValue root,
            InferRequest.Header header,
            SharedRanges ranges,
            List<AutoCloseable> memory,
            boolean binaryByDefault) {
        Optional<JsonValue> outputs = root.find("outputs");
        if (outputs.isEmpty()) {
            return List.of();
        }
        List<RequestedOutput> requested = new ArrayList<>();
        DuplicateNameCheck seen = new DuplicateNameCheck();
        JsonValue.Elements elements =
                JsonErrors.parsing("outputs", () -> outputs.get().elements());
        while (elements.next()) {
            root.share().take(HeapSizes.OUTPUT);
            String name = JsonErrors.parsing(
                    "name", () -> elements.value().member("name").asString());
            seen.addOf("output", name, header::prefix);
            RequestedOutput output = output(name, elements.value(), ranges, binaryByDefault);
            output.place().ifPresent(memory::add);
            requested.add(output);
        }
        return requested;
    }

    private static RequestedOutput output(String name, JsonValue output, SharedRanges ranges, boolean binaryByDefault) {
        Optional<JsonValue> parameters = output.find("parameters");
        parameters.ifPresent(value -> ClientNames.checkParameters(value.memberCount(), "output '" + name + "'"));
        Optional<JsonValue> classes = parameters.flatMap(value -> value.find("classification"));
        Optional<JsonValue> binary = parameters.flatMap(value -> value.find("binary_data"));
        long classification = classes.isEmpty()
                ? 0
                : JsonErrors.within("Unable to set 'classification': ", classes.get()::asUnsigned);
        boolean shared =
                parameters.flatMap(value -> value.find("shared_memory_region")).isPresent();
        boolean inBinary = binary.isPresent()
                && JsonErrors.within(
                        shared ? "Unable to set 'binary_data': " : "Unable to parse 'binary_data': ",
                        binary.get()::asBool);
        if (shared && classification != 0) {
            throw InferException.invalid("Output can't set both 'shared_memory_region' and 'classification'");
        }
        if (shared && inBinary) {
            throw InferException.invalid("Output can't set both 'shared_memory_region' and 'binary_data'");
        }
        boolean base64 = parameters.filter(Base64Strings::wanted).isPresent();
        if (base64 && (shared || inBinary)) {
            throw InferException.invalid("Output can't set both '" + Base64Strings.PARAMETER + "' and '"
                    + (shared ? "shared_memory_region" : "binary_data") + "'");
        }
        int classCount =
                Long.compareUnsigned(classification, Integer.MAX_VALUE) > 0 ? Integer.MAX_VALUE : (int) classification;
        boolean answeredInBinary = binary.isPresent() ? inBinary : binaryByDefault && !shared && !base64;
        return new RequestedOutput(
                name,
                classCount,
                answeredInBinary,
                base64,
                parameters.flatMap(value -> JsonSharedRange.find(value, ranges)));
    }
}
